"""Which attributes of the rows an operation selects, so that SQL reads those and no others."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias, cast

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLAbstractType,
    GraphQLField,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    GraphQLWrappingType,
    InlineFragmentNode,
    SelectionNode,
    SelectionSetNode,
)
from strawberry.types.info import Info

from kernel.graphql.execution.sources import Column, Reads, Relation, column_name, source_of

Fragments: TypeAlias = Mapping[str, FragmentDefinitionNode]


def selected_columns(info: Info[Any, Any], type_name: str | None = None) -> frozenset[str]:
    """The attributes that the selection below a field reads of its rows, relations' keys included, their rows not.

    Args:
        info: the field's.
        type_name: only of rows of this GraphQL type, for fields that give several.
    """
    raw = cast("GraphQLResolveInfo[Any]", info._raw_info)  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    columns = columns_below(raw.schema, raw.fragments, raw.field_nodes, cast("object", raw.return_type))
    nothing: frozenset[str] = frozenset()
    return columns.get(type_name, nothing) if type_name is not None else nothing.union(*columns.values())


def columns_below(
    schema: GraphQLSchema, fragments: Fragments, nodes: Sequence[FieldNode], return_type: object
) -> dict[str, frozenset[str]]:
    """Object type → attributes that are selected of its rows; what `@skip` leaves out may be among them."""
    walk = _Walk(schema, fragments)
    for node in nodes:
        if node.selection_set is not None:
            walk.enter(return_type, node.selection_set)
    return {name: frozenset(columns) for name, columns in walk.columns.items()}


class _Walk:
    def __init__(self, schema: GraphQLSchema, fragments: Fragments) -> None:
        self._schema = schema
        self._fragments = fragments
        self._seen: set[tuple[str, int]] = set()
        self.columns: dict[str, set[str]] = {}

    def enter(self, start: object, selections: SelectionSetNode) -> None:
        """Visit everything below, each selection set once per object type."""
        waiting = [(parent, selections) for parent in self._objects(start)]
        while waiting:
            parent, selections = waiting.pop()
            if (parent.name, id(selections)) in self._seen:
                continue
            self._seen.add((parent.name, id(selections)))
            for field, node in self._fields(parent, selections):
                source = source_of(field)
                self.columns.setdefault(parent.name, set()).update(_columns(source, field))
                if node.selection_set is not None and not isinstance(source, Relation):
                    children = self._objects(cast("object", field.type))
                    waiting += [(child, node.selection_set) for child in children]

    def _objects(self, output: object) -> Sequence[GraphQLObjectType]:
        while isinstance(output, GraphQLWrappingType):
            output = cast("object", output.of_type)
        if isinstance(output, GraphQLObjectType):
            return (output,)
        return self._schema.get_possible_types(output) if isinstance(output, GraphQLAbstractType) else ()

    def _fields(
        self, parent: GraphQLObjectType, selections: SelectionSetNode
    ) -> Iterator[tuple[GraphQLField, FieldNode]]:
        visited: set[str] = set()
        waiting: list[SelectionNode] = list(selections.selections)
        while waiting:
            selection = waiting.pop()
            if isinstance(selection, FieldNode):
                field = parent.fields.get(selection.name.value)
                if field is not None:
                    yield field, selection
            else:
                waiting += self._inside(selection, parent, visited)

    def _inside(
        self, selection: SelectionNode, parent: GraphQLObjectType, visited: set[str]
    ) -> Sequence[SelectionNode]:
        """What a fragment selects of `parent`; a named one counts once."""
        fragment: object = selection
        if isinstance(selection, FragmentSpreadNode):
            name = selection.name.value
            fragment = self._fragments.get(name) if name not in visited else None
            visited.add(name)
        if not isinstance(fragment, InlineFragmentNode | FragmentDefinitionNode):
            return ()
        condition = fragment.type_condition
        applies = condition is None or self._is_a(parent, condition.name.value)
        return fragment.selection_set.selections if applies else ()

    def _is_a(self, parent: GraphQLObjectType, name: str) -> bool:
        wanted = self._schema.get_type(name)
        return wanted is parent or (
            isinstance(wanted, GraphQLAbstractType) and self._schema.is_sub_type(wanted, parent)
        )


def _columns(source: Reads | None, field: GraphQLField) -> frozenset[str]:
    if isinstance(source, Column):
        return frozenset({str(column_name(source, field))})
    return source.reads if source is not None else frozenset()
