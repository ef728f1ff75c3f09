"""Reading one subgraph: from its SDL to a `Subgraph`, or to the reasons it is not one."""

from router.composition.reading.subgraph_reader import read_subgraph

__all__ = ["read_subgraph"]
