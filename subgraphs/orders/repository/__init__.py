"""Every SQL statement of orders, by what it is about."""
