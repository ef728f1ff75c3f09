"""The commands, one per file. What takes long to import is imported when its command runs."""
