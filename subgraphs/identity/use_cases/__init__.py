"""What identity can do, one verb per file."""
