"""What orders can do, one verb per file."""
