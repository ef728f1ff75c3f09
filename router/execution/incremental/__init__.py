"""Answers that come in parts: deferred fragments run beside the first part and are delivered when they are complete."""
