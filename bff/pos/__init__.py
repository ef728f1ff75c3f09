"""The POS BFF: tills prove their key, cashiers sign in once and change places by PIN."""
