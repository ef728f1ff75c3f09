"""What catalog can do, one verb per file."""
