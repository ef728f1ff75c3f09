"""Brings products in from files, through the public graph."""
