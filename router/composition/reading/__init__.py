"""Reading subgraphs: from their SDL to `Subgraph`s, or to the reasons one is none."""

from router.composition.reading.subgraph_reader import read_subgraphs

__all__ = ["read_subgraphs"]
