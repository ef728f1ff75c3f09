"""Child processes: starting, watching and stopping them, and the lock that says who runs."""
