"""Remarks on what subgraphs describe differently."""

from collections.abc import Iterator, Mapping

from router.composition.errors import CompositionHint, HintCode


def description_hints(coordinate: str, by_subgraph: Mapping[str, str | None]) -> Iterator[CompositionHint]:
    """That one description of several was taken."""
    given = {subgraph: text for subgraph, text in by_subgraph.items() if text}
    if len(set(given.values())) > 1:
        message = "the subgraphs describe it differently; the most frequent description is taken"
        yield CompositionHint(HintCode.INCONSISTENT_DESCRIPTION, message, coordinate, tuple(given))
