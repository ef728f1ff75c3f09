"""Composition of Federation 2 subgraphs into one supergraph (join specification), with the federation's own rules."""

from router.composition.compose import Composition, compose
from router.composition.errors import CompositionError, CompositionFailed, CompositionHint, ErrorCode, HintCode
from router.composition.source import SubgraphSource

__all__ = [
    "Composition",
    "CompositionError",
    "CompositionFailed",
    "CompositionHint",
    "ErrorCode",
    "HintCode",
    "SubgraphSource",
    "compose",
]
