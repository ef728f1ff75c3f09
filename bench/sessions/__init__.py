"""What a session costs a request, and how fast its end reaches every replica."""
