"""What inventory can do: one verb per file."""
