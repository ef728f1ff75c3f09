"""Carries out query plans: fetches, merges entities, answers in the client's shape."""
