"""Composition: read each subgraph, hold the rules against them, merge, and prove that every field can be reached."""

import gc
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain

from router.composition.api_schema import print_api, public_view
from router.composition.errors import CompositionError, CompositionFailed, CompositionHint
from router.composition.hints import give_hints
from router.composition.merging import merge
from router.composition.reading import read_subgraphs
from router.composition.rules import (
    ACCESS_RULES,
    GRAPH_RULES,
    MERGED_SCHEMA_RULES,
    OVERRIDE_RULES,
    SOURCE_RULES,
    SUBGRAPH_RULES,
    SUPERGRAPH_RULES,
)
from router.composition.satisfiability import check_satisfiability
from router.composition.source import SubgraphSource
from router.composition.subgraph_set import assemble
from router.composition.supergraph_printer import print_supergraph


@dataclass(frozen=True, slots=True)
class Composition:
    """What composition gives: the supergraph for routers, the public schema for callers, and remarks."""

    supergraph_sdl: str
    api_sdl: str
    hints: tuple[CompositionHint, ...]


def compose(subgraphs: Sequence[SubgraphSource]) -> Composition:
    """Compose subgraphs into one supergraph; the order they come in makes no difference.

    Each stage runs only when the one before found nothing: an error of a later stage would often only
    repeat an earlier one in other words.

    Raises:
        CompositionFailed: with every error of the first stage that found any.
    """
    with _without_garbage_collection():
        return _compose(subgraphs)


@contextmanager
def _without_garbage_collection() -> Generator[None]:
    """What composition makes stays in use to its end: the collector would look through it again and again."""
    is_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if is_enabled:
            gc.enable()


def _compose(subgraphs: Sequence[SubgraphSource]) -> Composition:
    _refuse(error for rule in SOURCE_RULES for error in rule(subgraphs))
    parsed = read_subgraphs(sorted(subgraphs, key=lambda source: source.name))
    _refuse(error for subgraph in parsed for rule in SUBGRAPH_RULES for error in rule(subgraph))
    together = assemble(parsed)
    overrides = (error for subgraph in parsed for rule in OVERRIDE_RULES for error in rule(subgraph))
    _refuse(chain(overrides, (error for rule in GRAPH_RULES for error in rule(together))))
    _refuse(error for rule in ACCESS_RULES for error in rule(together))
    supergraph = merge(together)
    _refuse(error for rule in SUPERGRAPH_RULES for error in rule(supergraph))
    _refuse(error for rule in MERGED_SCHEMA_RULES for error in rule(supergraph))
    public = public_view(supergraph)
    paths = check_satisfiability(together, public)
    _refuse(iter(paths.errors))
    return Composition(print_supergraph(supergraph), print_api(public), (*give_hints(together), *paths.hints))


def _refuse(errors: Iterator[CompositionError]) -> None:
    found = tuple(errors)
    if found:
        raise CompositionFailed(found)
