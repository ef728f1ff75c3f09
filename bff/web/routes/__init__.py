"""The HTTP surface of the web BFF."""
