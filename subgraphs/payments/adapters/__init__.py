"""Providers, and what connects payments to them."""
