"""The commands of `python -m router`, one per file, and what they read and print."""
