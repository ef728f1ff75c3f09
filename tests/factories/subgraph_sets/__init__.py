"""Random sets of subgraphs, consistent at first and then broken on purpose; a number gives the same set each time."""

from tests.factories.subgraph_sets.case import Case, draw_case

__all__ = ["Case", "draw_case"]
