"""Tidying a subgraph document: one definition per type, canonical root names, no federation machinery."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from graphql import GraphQLSyntaxError, parse
from graphql.language import (
    DirectiveDefinitionNode,
    DocumentNode,
    EnumTypeDefinitionNode,
    EnumTypeExtensionNode,
    ExecutableDefinitionNode,
    InputObjectTypeDefinitionNode,
    InputObjectTypeExtensionNode,
    InterfaceTypeDefinitionNode,
    InterfaceTypeExtensionNode,
    NamedTypeNode,
    NameNode,
    Node,
    ObjectTypeDefinitionNode,
    ObjectTypeExtensionNode,
    ScalarTypeDefinitionNode,
    ScalarTypeExtensionNode,
    SchemaDefinitionNode,
    SchemaExtensionNode,
    TypeDefinitionNode,
    TypeExtensionNode,
    UnionTypeDefinitionNode,
    UnionTypeExtensionNode,
    Visitor,
    visit,
)

from router.composition.errors import CompositionError, CompositionFailed, ErrorCode
from router.composition.federation_specification import (
    BUILT_IN_DIRECTIVES,
    BUILT_IN_SCALARS,
    MACHINERY_QUERY_FIELDS,
    MACHINERY_TYPES,
    signatures,
)
from router.composition.field_usage import FieldCoordinate
from router.composition.links import LinkedNames, read_links
from router.composition.reading.machinery_definitions import machinery_faults
from router.composition.reading.shared_parts import repeated_sharing, with_shared_fields
from router.composition.reading.unshared_extensions import unshared_fields
from router.composition.source import SubgraphSource
from router.composition.subgraph import ROOT_TYPES

_SUPERGRAPHS_PREFIXES = ("join__", "link__")
_ROOT_CODES = {
    "Query": ErrorCode.ROOT_QUERY_USED,
    "Mutation": ErrorCode.ROOT_MUTATION_USED,
    "Subscription": ErrorCode.ROOT_SUBSCRIPTION_USED,
}


@dataclass(frozen=True, slots=True)
class TidyDocument:
    """A subgraph's own definitions by name; `extensions` are the types it only extends.

    `unshared` are the fields that no other subgraph may resolve, though Federation 1 shares without saying so.
    """

    names: LinkedNames
    types: dict[str, TypeDefinitionNode]
    directives: dict[str, DirectiveDefinitionNode]
    extensions: frozenset[str]
    unshared: frozenset[FieldCoordinate]
    description: str | None = None


def read_document(source: SubgraphSource) -> TidyDocument:
    """Parse and tidy one subgraph.

    Raises:
        CompositionFailed: the SDL does not parse, defines something twice, or links what is not known.
    """
    document = _parse(source)
    _refuse_operations(document, source.name)
    names = read_links(document, source.name)
    _refuse_unknown_on_schema(document, names, source.name)
    document = _with_canonical_roots(document, source.name)
    if faults := tuple(repeated_sharing(document, names, source.name)):
        raise CompositionFailed(faults)
    types, extensions = _consolidated(with_shared_fields(document, names), source.name)
    defined = [node for node in document.definitions if isinstance(node, DirectiveDefinitionNode)]
    _refuse_repeated_directives(defined, source.name)
    if faults := tuple(machinery_faults(defined, types, names, source.name)):
        raise CompositionFailed(faults)
    directives = {node.name.value: node for node in defined if not _is_machinery_directive(node.name.value, names)}
    _refuse_context_in_directives(directives, names, source.name)
    own = {name: node for name, node in types.items() if not _is_machinery_type(name, names)}
    _refuse_reserved_names([*own, *(f"@{name}" for name in directives)], source.name)
    query = own.get("Query")
    if isinstance(query, ObjectTypeDefinitionNode):
        fields = tuple(field for field in query.fields or () if field.name.value not in MACHINERY_QUERY_FIELDS)
        own["Query"] = replace(query, fields=fields)
        if not fields:
            del own["Query"]
    unshared = unshared_fields(document, names) if names.minor is None else frozenset[FieldCoordinate]()
    described = (node.description for node in document.definitions if isinstance(node, SchemaDefinitionNode))
    description = next((node.value for node in described if node), None)
    return TidyDocument(names, own, directives, extensions, unshared, description)


def _refuse_repeated_directives(defined: Sequence[DirectiveDefinitionNode], subgraph: str) -> None:
    names = [node.name.value for node in defined]
    for name in dict.fromkeys(names):
        if names.count(name) > 1:
            raise _invalid("the directive is defined more than once", subgraph, f"@{name}")


def _refuse_reserved_names(names: Sequence[str], subgraph: str) -> None:
    for name in names:
        if name.removeprefix("@").startswith(_SUPERGRAPHS_PREFIXES):
            raise _invalid("the name is reserved for the supergraph's own machinery", subgraph, name)


def _parse(source: SubgraphSource) -> DocumentNode:
    try:
        return parse(source.sdl)
    except GraphQLSyntaxError as error:
        place = "".join(f"line {place.line}, column {place.column}: " for place in (error.locations or ())[:1])
        raise _invalid(f"{place}{error.message}", source.name) from error


def _refuse_operations(document: DocumentNode, subgraph: str) -> None:
    for node in document.definitions:
        if isinstance(node, ExecutableDefinitionNode):
            name = node.name.value if node.name else ""
            raise _invalid("a schema holds definitions of types and directives, no operations", subgraph, name)


def _invalid(message: str, subgraph: str, coordinate: str = "") -> CompositionFailed:
    return CompositionFailed((CompositionError(ErrorCode.INVALID_GRAPHQL, message, coordinate, (subgraph,)),))


def _refuse_unknown_on_schema(document: DocumentNode, names: LinkedNames, subgraph: str) -> None:
    own = {node.name.value for node in document.definitions if isinstance(node, DirectiveDefinitionNode)}
    for node in _nodes(document):
        for directive in (
            (node.directives or ()) if isinstance(node, SchemaDefinitionNode | SchemaExtensionNode) else ()
        ):
            name = directive.name.value
            if name not in own and not _is_machinery_directive(name, names):
                msg = f'the schema has the unknown directive "@{name}"; link a federation version that has it'
                raise _invalid(msg, subgraph, f"@{name}")
            canonical = names.directives.get(name)
            if canonical and "SCHEMA" not in signatures(names.minor)[canonical]:
                raise _invalid("the directive does not stand on the schema in this version", subgraph, f"@{name}")


def _refuse_context_in_directives(
    directives: Mapping[str, DirectiveDefinitionNode], names: LinkedNames, subgraph: str
) -> None:
    for name, node in directives.items():
        for argument in node.arguments or ():
            if any(names.directives.get(use.name.value) == "fromContext" for use in argument.directives or ()):
                msg = "@fromContext fills arguments of fields, not of directives"
                coordinate = f"@{name}({argument.name.value}:)"
                raise CompositionFailed((CompositionError(ErrorCode.CONTEXT_NOT_SET, msg, coordinate, (subgraph,)),))


def _is_machinery_type(name: str, names: LinkedNames) -> bool:
    return name in MACHINERY_TYPES or name in names.scalars or name in BUILT_IN_SCALARS


def _is_machinery_directive(name: str, names: LinkedNames) -> bool:
    return name in names.directives or name == names.link_directive or name in BUILT_IN_DIRECTIVES


def _nodes(document: DocumentNode) -> Sequence[Node]:
    # graphql-core types a schema extension as no definition, though a document holds it among them.
    return document.definitions


def _root_names(document: DocumentNode, subgraph: str) -> dict[str, str]:
    schema = [node for node in _nodes(document) if isinstance(node, SchemaDefinitionNode | SchemaExtensionNode)]
    declared: dict[str, str] = {}
    for operation in (item for node in schema for item in node.operation_types or ()):
        name = operation.type.name.value
        if name in declared:
            raise _invalid("one type cannot be the root of two kinds of operations", subgraph, name)
        declared[name] = operation.operation.value.capitalize()
    for name in sorted(declared.keys() - _object_names(document)):
        raise _invalid("the schema names a root that is no object type of the subgraph", subgraph, name)
    if not any(isinstance(node, SchemaDefinitionNode) for node in schema):
        declared.update({root: root for root in ROOT_TYPES if root not in declared.values()})
    return declared


def _object_names(document: DocumentNode) -> set[str]:
    return {
        node.name.value
        for node in _nodes(document)
        if isinstance(node, ObjectTypeDefinitionNode | ObjectTypeExtensionNode)
    }


class _RootRenamer(Visitor):
    """Renames the root types wherever the document mentions them."""

    def __init__(self, names: dict[str, str]) -> None:
        super().__init__()
        self._names = names

    def leave_named_type(self, node: NamedTypeNode, *_: object) -> NamedTypeNode | None:
        """Rename a reference."""
        new_name = self._names.get(node.name.value)
        return replace(node, name=NameNode(value=new_name)) if new_name else None

    def leave_object_type_definition(
        self, node: ObjectTypeDefinitionNode, *_: object
    ) -> ObjectTypeDefinitionNode | None:
        """Rename a definition."""
        new_name = self._names.get(node.name.value)
        return replace(node, name=NameNode(value=new_name)) if new_name else None

    def leave_object_type_extension(self, node: ObjectTypeExtensionNode, *_: object) -> ObjectTypeExtensionNode | None:
        """Rename an extension."""
        new_name = self._names.get(node.name.value)
        return replace(node, name=NameNode(value=new_name)) if new_name else None


def _with_canonical_roots(document: DocumentNode, subgraph: str) -> DocumentNode:
    roots = _root_names(document, subgraph)
    defined = {
        node.name.value for node in document.definitions if isinstance(node, TypeDefinitionNode | TypeExtensionNode)
    }
    for root in ROOT_TYPES:
        if root in defined and roots.get(root) != root:
            msg = f'the type "{root}" is not the root it is named after; rename it'
            raise CompositionFailed((CompositionError(_ROOT_CODES[root], msg, root, (subgraph,)),))
    renames = {name: root for name, root in roots.items() if name != root and name in defined}
    return visit(document, _RootRenamer(renames)) if renames else document


_EXTENSION_TO_DEFINITION: dict[type[TypeExtensionNode], type[TypeDefinitionNode]] = {
    ObjectTypeExtensionNode: ObjectTypeDefinitionNode,
    InterfaceTypeExtensionNode: InterfaceTypeDefinitionNode,
    UnionTypeExtensionNode: UnionTypeDefinitionNode,
    EnumTypeExtensionNode: EnumTypeDefinitionNode,
    InputObjectTypeExtensionNode: InputObjectTypeDefinitionNode,
    ScalarTypeExtensionNode: ScalarTypeDefinitionNode,
}


def _consolidated(document: DocumentNode, subgraph: str) -> tuple[dict[str, TypeDefinitionNode], frozenset[str]]:
    types: dict[str, TypeDefinitionNode] = {}
    for node in document.definitions:
        if isinstance(node, TypeDefinitionNode):
            name = node.name.value
            if name in types:
                raise _invalid(f'there can be only one definition of "{name}"', subgraph, name)
            types[name] = node
    defined = frozenset(types)
    for node in document.definitions:
        if isinstance(node, TypeExtensionNode):
            name = node.name.value
            addition = _as_definition(node)
            present = types.get(name)
            if present is None:
                types[name] = addition
            elif type(present) is not type(addition):
                raise _invalid(f'"{name}" is extended as another kind of type than it is', subgraph, name)
            else:
                types[name] = _joined(present, addition)
    return types, frozenset(types) - defined


def _as_definition(node: TypeExtensionNode) -> TypeDefinitionNode:
    definition = _EXTENSION_TO_DEFINITION[type(node)]
    return replace(definition(name=node.name, loc=node.loc), **dict(_parts(node)))


def _parts(node: TypeExtensionNode | TypeDefinitionNode) -> Iterator[tuple[str, tuple[object, ...]]]:
    for part in ("directives", "interfaces", "fields", "types", "values"):
        if part in node.keys:
            yield part, getattr(node, part) or ()


def _joined(present: TypeDefinitionNode, addition: TypeDefinitionNode) -> TypeDefinitionNode:
    additions = dict(_parts(addition))
    return replace(present, **{part: (*items, *additions[part]) for part, items in _parts(present)})
