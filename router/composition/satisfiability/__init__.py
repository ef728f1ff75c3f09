"""Proof that every field of the public graph can be reached, or the paths that cannot."""

from router.composition.satisfiability.walk import check_satisfiability

__all__ = ["check_satisfiability"]
