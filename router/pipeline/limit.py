"""Second stage: bounds on what an operation may ask, counted through fragments, each fragment once.

Counts saturate; a fragment spread a thousand times is measured once and multiplied.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
)

from router.pipeline.refusal import QUERY_TOO_COSTLY, QUERY_TOO_DEEP, RequestRefused

_CEILING: Final = 1_000_000_000
_INTROSPECTION: Final = frozenset({"__schema", "__type", "__typename"})


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds per operation; `fields` counts every field as often as it is reached through fragments."""

    document_bytes: int = 100_000
    tokens: int = 1_000
    depth: int = 12
    introspection_depth: int = 20
    aliases: int = 30
    root_fields: int = 20
    same_key: int = 10
    fragments: int = 50
    directives: int = 20
    fields: int = 2_000
    variable_items: int = 20_000


@dataclass(slots=True)
class _Size:
    """What a selection amounts to with its fragments."""

    depth: int = 0
    fields: int = 0
    aliases: int = 0
    directives: int = 0
    keys: Counter[str] = dataclass_field(default_factory=Counter[str])
    names: set[str] = dataclass_field(default_factory=set[str])

    def add(self, other: "_Size") -> None:
        """Add what stands beside it."""
        self.depth = max(self.depth, other.depth)
        self._count(other)
        self.names |= other.names
        for key, count in other.keys.items():
            self.keys[key] = min(self.keys[key] + count, _CEILING)

    def add_below(self, below: "_Size") -> None:
        """Add what lies below a field."""
        self.depth = max(self.depth, 1 + below.depth)
        self._count(below)

    def _count(self, other: "_Size") -> None:
        self.fields = min(self.fields + other.fields, _CEILING)
        self.aliases = min(self.aliases + other.aliases, _CEILING)
        self.directives = min(self.directives + other.directives, _CEILING)


class _Measure:
    def __init__(self, fragments: dict[str, FragmentDefinitionNode], limits: Limits) -> None:
        self._fragments = fragments
        self._limits = limits
        self._sizes: dict[str, _Size | None] = {}

    def selection(self, node: SelectionSetNode | None) -> _Size:
        size = _Size()
        for item in node.selections if node is not None else ():
            self._add(item, size)
        if any(count > self._limits.same_key for count in size.keys.values()):
            raise _too_costly("one response key repeated", self._limits.same_key)
        return size

    def _add(self, item: SelectionNode, size: _Size) -> None:
        size.directives += len(item.directives or ())
        if isinstance(item, FieldNode):
            size.add_below(self.selection(item.selection_set))
            size.fields = min(size.fields + 1, _CEILING)
            size.aliases += item.alias is not None
            size.names.add(item.name.value)
            size.keys[item.alias.value if item.alias else item.name.value] += 1
        elif isinstance(item, InlineFragmentNode):
            size.add(self.selection(item.selection_set))
        elif isinstance(item, FragmentSpreadNode):
            size.add(self._fragment(item.name.value))

    def _fragment(self, name: str) -> _Size:
        if name not in self._sizes:
            definition = self._fragments.get(name)
            # a cycle measures as nothing here; validation refuses it
            self._sizes[name] = None
            self._sizes[name] = self.selection(definition.selection_set if definition else None)
        return self._sizes[name] or _Size()


def check_limits(document: DocumentNode, operation: OperationDefinitionNode, limits: Limits) -> None:
    """Refuse operations that ask too much.

    Raises:
        RequestRefused: QUERY_TOO_DEEP or QUERY_TOO_COSTLY, with the bound that was passed.
    """
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    _refuse_above(len(fragments), limits.fragments, "fragments")
    try:
        size = _Measure(fragments, limits).selection(operation.selection_set)
    except RecursionError:
        raise RequestRefused.because("the operation is nested too deeply", QUERY_TOO_DEEP) from None
    is_introspection = size.names <= _INTROSPECTION
    allowed = limits.introspection_depth if is_introspection else limits.depth
    if size.depth > allowed:
        raise RequestRefused.because(f"the operation is nested deeper than {allowed} levels", QUERY_TOO_DEEP)
    _refuse_above(size.keys.total(), limits.root_fields, "root fields")
    _refuse_above(size.aliases, limits.aliases, "aliases")
    _refuse_above(size.directives + _own_directives(operation, fragments.values()), limits.directives, "directives")
    _refuse_above(size.fields, limits.fields, "fields")


def _own_directives(operation: OperationDefinitionNode, fragments: Iterable[FragmentDefinitionNode]) -> int:
    return len(operation.directives or ()) + sum(len(node.directives or ()) for node in fragments)


def _refuse_above(count: int, limit: int, what: str) -> None:
    if count > limit:
        raise _too_costly(what, limit)


def _too_costly(what: str, limit: int) -> RequestRefused:
    return RequestRefused.because(f"the operation has more than {limit} {what}", QUERY_TOO_COSTLY)


def check_variables(variables: object, limits: Limits) -> None:
    """Refuse variables of too many parts, which are slow to check against their types.

    Raises:
        RequestRefused: more than `variable_items` values, or nested too deeply to count.
    """
    waiting = [variables]
    count = 0
    while waiting:
        value = waiting.pop()
        count += 1
        if count > limits.variable_items:
            raise _too_costly("values in its variables", limits.variable_items)
        if isinstance(value, dict):
            waiting.extend(value.values())  # pyright: ignore[reportUnknownArgumentType]
        elif isinstance(value, list):
            waiting.extend(value)  # pyright: ignore[reportUnknownArgumentType]
