"""Reads a supergraph document (join v0.1 to v0.5) into the planner's model."""

from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias

from graphql import (
    BooleanValueNode,
    ConstDirectiveNode,
    DocumentNode,
    EnumTypeDefinitionNode,
    EnumValueNode,
    FieldDefinitionNode,
    GraphQLError,
    InterfaceTypeDefinitionNode,
    ListValueNode,
    ObjectTypeDefinitionNode,
    ObjectValueNode,
    SchemaDefinitionNode,
    StringValueNode,
    UnionTypeDefinitionNode,
    parse,
    print_ast,
)

from router.planning.invalid_supergraph import InvalidSupergraph, SupergraphFault
from router.planning.selections import Selection, read_field_set
from router.planning.supergraph import (
    ContextArgument,
    FieldJoin,
    Subgraph,
    Supergraph,
    SupergraphField,
    SupergraphType,
    TypeKind,
)
from router.planning.supergraph_completion import completed

_CompositeNode: TypeAlias = ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode | UnionTypeDefinitionNode
_Arguments: TypeAlias = Mapping[str, str | bool]
_NO_ARGUMENTS: Final[_Arguments] = {}


def parse_supergraph(supergraph_sdl: str) -> DocumentNode:
    """The syntax tree of a supergraph.

    Raises:
        InvalidSupergraph: the text is not GraphQL.
    """
    try:
        return parse(supergraph_sdl, no_location=True)
    except (GraphQLError, RecursionError) as error:
        message = f"the supergraph is not valid GraphQL: {error}"
        raise InvalidSupergraph(message, SupergraphFault.SYNTAX) from error


def read_supergraph(document: DocumentNode) -> Supergraph:
    """The planner's model of a supergraph document.

    Raises:
        InvalidSupergraph: there is no `join__Graph` enum, so this is a plain schema.
    """
    names = _graph_names(document)
    if not names:
        message = "the document has no join__Graph enum: this is not a supergraph; compose one first"
        raise InvalidSupergraph(message, SupergraphFault.NOT_COMPOSED)
    reader = _TypeReader({value: subgraph.name for value, subgraph in names.items()})
    composites = [
        node
        for node in document.definitions
        if isinstance(node, ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode | UnionTypeDefinitionNode)
    ]
    types = {node.name.value: reader.read(node) for node in composites if not node.name.value.startswith("join__")}
    return Supergraph(completed(types), names.values(), _roots(document, types))


def _graph_names(document: DocumentNode) -> Mapping[str, Subgraph]:
    found: dict[str, Subgraph] = {}
    for node in document.definitions:
        if isinstance(node, EnumTypeDefinitionNode) and node.name.value == "join__Graph":
            for value in node.values or ():
                arguments = next(iter(_uses(value.directives, "join__graph")), _NO_ARGUMENTS)
                name = str(arguments.get("name", value.name.value))
                found[value.name.value] = Subgraph(name, str(arguments.get("url", "")))
    return found


def _roots(document: DocumentNode, types: Mapping[str, SupergraphType]) -> Mapping[str, str]:
    for node in document.definitions:
        if isinstance(node, SchemaDefinitionNode):
            return {item.operation.value: item.type.name.value for item in node.operation_types}
    return {name.lower(): name for name in ("Query", "Mutation", "Subscription") if name in types}


def _uses(directives: Iterable[ConstDirectiveNode] | None, name: str) -> list[_Arguments]:
    return [_arguments(directive) for directive in directives or () if directive.name.value == name]


def _arguments(directive: ConstDirectiveNode) -> _Arguments:
    values: dict[str, str | bool] = {}
    for argument in directive.arguments or ():
        value = argument.value
        if isinstance(value, StringValueNode | EnumValueNode | BooleanValueNode):
            values[argument.name.value] = value.value
    return values


class _TypeReader:
    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names

    def read(self, node: _CompositeNode) -> SupergraphType:
        joins = [(self._graph(use), use) for use in _uses(node.directives, "join__type")]
        subgraphs = frozenset(graph for graph, _ in joins) or frozenset(self._names.values())
        return SupergraphType(
            name=node.name.value,
            kind=_kind(node),
            fields=self._fields(node, self._owners(node) or subgraphs),
            subgraphs=subgraphs,
            keys=_keys(joins),
            interface_object_in=frozenset(graph for graph, use in joins if use.get("isInterfaceObject") is True),
            interfaces=frozenset(_interface_names(node)),
            implements=self._implements(node, subgraphs),
            members=self._members(node, subgraphs),
            contexts=frozenset(str(use["name"]) for use in _uses(node.directives, "context")),
        )

    def _graph(self, use: _Arguments) -> str:
        return self._names[str(use["graph"])]

    def _owners(self, node: _CompositeNode) -> frozenset[str]:
        """Who has the fields of which nothing is said, in join v0.1."""
        return frozenset(map(self._graph, _uses(node.directives, "join__owner")))

    def _fields(self, node: _CompositeNode, subgraphs: frozenset[str]) -> Mapping[str, SupergraphField]:
        if isinstance(node, UnionTypeDefinitionNode):
            return {}
        return {field.name.value: self._field(field, subgraphs) for field in node.fields or ()}

    def _field(self, node: FieldDefinitionNode, subgraphs: frozenset[str]) -> SupergraphField:
        type_text = print_ast(node.type)
        uses = _uses(node.directives, "join__field")
        if uses:
            contexts = _context_arguments(node)
            joins = {
                self._graph(use): _field_join(use, type_text, contexts.get(str(use["graph"]), ()))
                for use in uses
                if "graph" in use
            }
        else:
            plain = FieldJoin(is_external=False, requires=None, provides=None, type_text=type_text)
            joins = dict.fromkeys(subgraphs, plain)
        return SupergraphField(node.name.value, type_text, type_text.strip("[]!"), joins)

    def _implements(self, node: _CompositeNode, subgraphs: frozenset[str]) -> Mapping[str, frozenset[str]]:
        uses = _uses(node.directives, "join__implements")
        if not uses:
            return dict.fromkeys(subgraphs, frozenset(_interface_names(node)))
        return _grouped((self._graph(use), str(use["interface"])) for use in uses)

    def _members(self, node: _CompositeNode, subgraphs: frozenset[str]) -> Mapping[str, frozenset[str]]:
        if not isinstance(node, UnionTypeDefinitionNode):
            return {}
        uses = _uses(node.directives, "join__unionMember")
        if not uses:
            return dict.fromkeys(subgraphs, frozenset(member.name.value for member in node.types or ()))
        return _grouped((self._graph(use), str(use["member"])) for use in uses)


def _kind(node: _CompositeNode) -> TypeKind:
    if isinstance(node, ObjectTypeDefinitionNode):
        return TypeKind.OBJECT
    return TypeKind.INTERFACE if isinstance(node, InterfaceTypeDefinitionNode) else TypeKind.UNION


def _interface_names(node: _CompositeNode) -> list[str]:
    return [] if isinstance(node, UnionTypeDefinitionNode) else [item.name.value for item in node.interfaces or ()]


def _field_join(use: _Arguments, type_text: str, contexts: tuple[ContextArgument, ...]) -> FieldJoin:
    label = use.get("overrideLabel")
    is_overridden = use.get("usedOverridden") is True and label is None
    return FieldJoin(
        is_external=use.get("external") is True or is_overridden,
        requires=_field_set(use.get("requires")),
        provides=_field_set(use.get("provides")),
        type_text=str(use.get("type", type_text)),
        label=label if isinstance(label, str) and label else None,
        overrides=bool(use.get("override")),
        contexts=contexts,
    )


def _context_arguments(field: FieldDefinitionNode) -> Mapping[str, tuple[ContextArgument, ...]]:
    found: dict[str, tuple[ContextArgument, ...]] = {}
    for directive in field.directives or ():
        values = {argument.name.value: argument.value for argument in directive.arguments or ()}
        graph, contexts = values.get("graph"), values.get("contextArguments")
        if isinstance(graph, EnumValueNode) and isinstance(contexts, ListValueNode):
            items = [item for item in contexts.values if isinstance(item, ObjectValueNode)]
            found[graph.value] = tuple(_context_argument(item) for item in items)
    return found


def _context_argument(node: ObjectValueNode) -> ContextArgument:
    texts = {item.name.value: item.value.value for item in node.fields if isinstance(item.value, StringValueNode)}
    return ContextArgument(texts["name"], texts["type"], texts["context"], read_field_set(texts["selection"]))


def _field_set(text: object) -> Selection | None:
    return read_field_set(text) if isinstance(text, str) and text else None


def _keys(joins: Iterable[tuple[str, _Arguments]]) -> Mapping[str, tuple[Selection, ...]]:
    keys: dict[str, tuple[Selection, ...]] = {}
    for graph, use in joins:
        key = _field_set(use.get("key"))
        if key is not None and use.get("resolvable", True) is True:
            keys[graph] = (*keys.get(graph, ()), key)
    return keys


def _grouped(pairs: Iterable[tuple[str, str]]) -> Mapping[str, frozenset[str]]:
    groups: dict[str, frozenset[str]] = {}
    for graph, name in pairs:
        groups[graph] = groups.get(graph, frozenset()) | {name}
    return groups
