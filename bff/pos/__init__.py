"""The POS BFF: tills and their cashiers sign in here; only what differs from the web."""
