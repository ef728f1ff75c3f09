"""The `retailflow` command: starts, checks and feeds the product; the only package that may import every other."""
