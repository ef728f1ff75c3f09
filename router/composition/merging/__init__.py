"""Merging the types of all subgraphs, one builder per kind; see `merger`."""

from router.composition.merging.merger import merge

__all__ = ["merge"]
