"""How a graph changes: what an old supergraph promised and a new one does not keep."""

from router.evolution.comparison import Comparison, compare
from router.evolution.operations import BrokenOperation, broken_operations

__all__ = ["BrokenOperation", "Comparison", "broken_operations", "compare"]
