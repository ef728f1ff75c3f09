"""Typed factories of the tests."""
