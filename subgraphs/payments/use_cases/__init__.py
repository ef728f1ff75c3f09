"""What payments can do: one verb per file."""
