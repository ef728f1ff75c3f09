"""Progressive `@override(label:)`: which labels are on for a request."""

import random
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from graphql import DocumentNode, FieldNode, Visitor, visit

from router.planning.supergraph import Supergraph

_PERCENT: Final = re.compile(r"percent\((\d+(?:\.\d+)?)\)")
_ALL: Final = 100.0


def _never(_label: str, _headers: Mapping[str, str]) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class OverrideLabels:
    """`percent(x)` is on for x of 100 requests, any other label when it is `active` or `is_active` says so.

    One number in [0, 1) is drawn per request, so fields of one percentage move together and those of a larger one are
    moved wherever those of a smaller one are.
    """

    active: frozenset[str] = frozenset()
    is_active: Callable[[str, Mapping[str, str]], bool] = _never
    draw: Callable[[], float] = field(default=random.random)

    def on(self, labels: Sequence[str], headers: Mapping[str, str]) -> frozenset[str]:
        """Those of the labels that are on for a request with these headers."""
        if not labels:
            return frozenset()
        drawn = self.draw() * _ALL
        return frozenset(label for label in labels if self._is_on(label, drawn, headers))

    def _is_on(self, label: str, drawn: float, headers: Mapping[str, str]) -> bool:
        percent = _PERCENT.fullmatch(label)
        if percent is not None:
            return drawn < float(percent[1])
        return label in self.active or self.is_active(label, headers)


def labels_in(text: str) -> frozenset[str]:
    """The labels of a comma-separated setting."""
    return frozenset(label for label in map(str.strip, text.split(",")) if label)


class _FieldNames(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_field(self, node: FieldNode, *_: object) -> None:
        self.names.add(node.name.value)


def labels_of(document: DocumentNode, supergraph: Supergraph) -> tuple[str, ...]:
    """The labels the plan of a document can depend on: of its fields, and of those that keys and requirements name."""
    if not supergraph.labelled:
        return ()
    visitor = _FieldNames()
    visit(document, visitor)
    names = visitor.names | supergraph.needed_names
    labels: Iterable[str] = (label for item in supergraph.labelled if item.name in names for label in item.labels)
    return tuple(sorted(set(labels)))
