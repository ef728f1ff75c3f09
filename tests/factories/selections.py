"""Every way through a subgraph's graph to its views, and small selections at the end of each."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from graphql import GraphQLField, GraphQLObjectType, GraphQLUnionType, get_named_type
from strawberry.types.base import StrawberryObjectDefinition

from kernel.graphql import SubgraphSchema
from kernel.graphql.execution.sources import Relation, source_of

ENTITIES = "_entities(representations: $r)"


@dataclass(frozen=True, slots=True)
class Way:
    """Fields from a root field down to a view, like `products(first: 3)`, `nodes`, `category`.

    `row` names what the view's row is: rows of relations and references are the view's own, others are the parent's.
    """

    kind: str
    steps: tuple[str, ...]
    view: GraphQLObjectType
    row: str

    @property
    def entity(self) -> str | None:
        """The entity it begins at."""
        return self.steps[1].removeprefix("... on ") if self.steps[0] == ENTITIES else None

    def __str__(self) -> str:
        return " ".join(step.partition("(")[0] for step in self.steps)

    def document(self, selection: str) -> str:
        body = selection
        for step in reversed(self.steps):
            body = f"{step} {{ {body} }}"
        parameters = "($r: [_Any!]!)" if self.steps[0] == ENTITIES else ""
        return f"{self.kind}{parameters} {{ {body} }}"

    def objects(self, data: Any) -> list[Any]:
        """What the way leads to in an answer."""
        found = [data]
        for step in self.steps:
            if not step.startswith("..."):
                found = [item for one in found for item in _items(one[step.partition("(")[0]])]
        return found


class Graph:
    """What can be selected of a subgraph.

    `roots` are root fields with their arguments; payloads of mutations are ways too.
    """

    def __init__(self, schema: SubgraphSchema, roots: Sequence[str], entities: Sequence[str]) -> None:
        self._schema = schema
        self._roots = roots
        self._entities = entities

    def ways(self) -> list[Way]:
        """One to each view from each field that leads to it, the shortest."""
        found: list[Way] = []
        seen: set[tuple[str, tuple[str, ...]]] = set()
        waiting = list(self._starts())
        while waiting:
            way = waiting.pop(0)
            found.append(way)
            for steps, view, is_read in self._below(way.view):
                if (way.row, steps) not in seen:
                    seen.add((way.row, steps))
                    row = view.name if is_read else f"{way.row}.{view.name}"
                    waiting.append(Way(way.kind, (*way.steps, *steps), view, row))
        return found

    def selections(self, view: GraphQLObjectType) -> dict[str, str]:
        """Field → the least that can be selected of it, of what it is not a view of everything."""
        return {name: self._selected(name, field) for name, field in view.fields.items()}

    def _starts(self) -> Iterator[Way]:
        for root in self._roots:
            name = root.partition("(")[0]
            for kind, fields in self._root_types().items():
                if name in fields:
                    kinds = get_named_type(fields[name].type)
                    for steps, view in self._views((root,), kinds):
                        yield Way(kind, steps, view, str(steps) if kind == "mutation" else view.name)
        for name in self._entities:
            view = self._schema._schema.get_type(name)
            assert isinstance(view, GraphQLObjectType)
            yield Way("query", (ENTITIES, f"... on {name}"), view, view.name)

    def _root_types(self) -> Mapping[str, Mapping[str, GraphQLField]]:
        query, mutation = self._schema._schema.query_type, self._schema._schema.mutation_type
        assert query is not None
        return {"query": query.fields, "mutation": mutation.fields if mutation is not None else {}}

    def _below(self, view: GraphQLObjectType) -> Iterator[tuple[tuple[str, ...], GraphQLObjectType, bool]]:
        for name, field in view.fields.items():
            is_read = isinstance(source_of(field), Relation)
            for steps, below in self._views((_step(name, field),), get_named_type(field.type)):
                yield steps, below, is_read

    def _views(self, steps: tuple[str, ...], kind: object) -> Iterator[tuple[tuple[str, ...], GraphQLObjectType]]:
        if not isinstance(kind, GraphQLObjectType):
            assert not isinstance(kind, GraphQLUnionType)
            return
        if self._is_view(kind):
            yield steps, kind
            return
        for name, field in kind.fields.items():
            yield from self._views((*steps, _step(name, field)), get_named_type(field.type))

    def _is_view(self, kind: GraphQLObjectType) -> bool:
        definition = kind.extensions.get("strawberry-definition")
        return isinstance(definition, StrawberryObjectDefinition) and "row" in definition.origin.__annotations__

    def _selected(self, name: str, field: GraphQLField) -> str:
        kind = get_named_type(field.type)
        if not isinstance(kind, GraphQLObjectType):
            return name
        if self._is_view(kind):
            return f"{_step(name, field)} {{ __typename }}"
        inner = " ".join(self._selected(each, one) for each, one in kind.fields.items())
        return f"{_step(name, field)} {{ {inner} }}"


def pairs_of(selections: Mapping[str, str]) -> list[tuple[str, str]]:
    """Every two fields."""
    return list(combinations(selections, 2))


def _step(name: str, field: GraphQLField) -> str:
    return f"{name}(first: 3)" if "first" in field.args else name


def _items(value: Any) -> list[Any]:
    if isinstance(value, list):
        return [inner for item in value for inner in _items(item)]
    return [] if value is None else [value]
