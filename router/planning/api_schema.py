"""The schema clients see: the supergraph without join machinery and without what is `@inaccessible`."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final, cast

from graphql import (
    ConstDirectiveNode,
    DefinitionNode,
    DirectiveDefinitionNode,
    DocumentNode,
    EnumTypeDefinitionNode,
    EnumValueNode,
    FieldDefinitionNode,
    GraphQLDeferDirective,
    GraphQLSchema,
    InputObjectTypeDefinitionNode,
    InputValueDefinitionNode,
    InterfaceTypeDefinitionNode,
    ListTypeNode,
    ListValueNode,
    NamedTypeNode,
    NonNullTypeNode,
    ObjectTypeDefinitionNode,
    ObjectValueNode,
    SchemaDefinitionNode,
    SchemaExtensionNode,
    StringValueNode,
    TypeDefinitionNode,
    TypeNode,
    UnionTypeDefinitionNode,
    build_ast_schema,
    parse,
)

from router.executable_locations import EXECUTABLE_LOCATIONS

_KEPT_DIRECTIVES: Final = frozenset({"deprecated", "specifiedBy", "oneOf"})
_MACHINERY: Final = ("join__", "link__", "core__")
_DEFER: Final = (
    '"""Lets the fragment come after the first part of the answer, if the client accepts an answer in parts."""'
    "directive @defer(if: Boolean! = true, label: String) on FRAGMENT_SPREAD | INLINE_FRAGMENT"
)
_SPECIFICATION_HOST: Final = "specs.apollo.dev"
_Fielded = ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode


class DirectiveNames:
    """What a federation directive is called in this document: `@link(url:, as:, import:)` may rename it.

    `secured` are the specifications linked `for: SECURITY`.
    """

    def __init__(self, document: DocumentNode) -> None:
        self._names: dict[str, str] = {}
        self._imported: dict[str, str] = {}
        self.secured: set[str] = set()
        for definition in document.definitions:
            if isinstance(definition, SchemaDefinitionNode | SchemaExtensionNode):
                for use in definition.directives or ():
                    self._read(use)

    def local(self, specification: str) -> str:
        """The local name of a directive known to the specification as `specification`."""
        return self._imported.get(specification) or self._names.get(specification, specification)

    @property
    def linked(self) -> frozenset[str]:
        """Prefixes of everything that comes from a linked specification."""
        return frozenset(self._names.values())

    def _read(self, use: ConstDirectiveNode) -> None:
        if use.name.value not in {"link", "core"}:
            return
        texts = {
            item.name.value: item.value.value for item in use.arguments or () if isinstance(item.value, StringValueNode)
        }
        parts = (texts.get("url") or texts.get("feature", "")).rstrip("/").split("/")
        if len(parts) > 1 and _SPECIFICATION_HOST in parts:
            self._names[parts[-2]] = texts.get("as", parts[-2])
            for item in use.arguments or ():
                if item.name.value == "import" and isinstance(item.value, ListValueNode):
                    self._imported.update(_renamed(item.value))
                if (
                    item.name.value == "for"
                    and isinstance(item.value, EnumValueNode)
                    and item.value.value == "SECURITY"
                ):
                    self.secured.add(parts[-2])


def _renamed(imports: ListValueNode) -> Iterator[tuple[str, str]]:
    for item in imports.values:
        if isinstance(item, ObjectValueNode):
            texts = {
                field.name.value: field.value.value for field in item.fields if isinstance(field.value, StringValueNode)
            }
            if "name" in texts and "as" in texts:
                yield texts["name"].removeprefix("@"), texts["as"].removeprefix("@")


def build_api_schema(document: DocumentNode) -> GraphQLSchema:
    """The executable schema for validation, introspection and projection."""
    names = DirectiveNames(document)
    filtered = _Filter(names.local("inaccessible"), _machinery_prefixes(names), document)
    return build_ast_schema(DocumentNode(definitions=(*filtered.definitions(document.definitions), _defer())))


def _defer() -> DirectiveDefinitionNode:
    """The router's own `@defer`, whatever a subgraph calls by that name."""
    return cast("DirectiveDefinitionNode", parse(_DEFER, no_location=True).definitions[0])


def _machinery_prefixes(names: DirectiveNames) -> tuple[str, ...]:
    return (*_MACHINERY, *(f"{name}__" for name in sorted(names.linked)))


class _Filter:
    def __init__(self, inaccessible: str, prefixes: tuple[str, ...], document: DocumentNode) -> None:
        self._inaccessible = inaccessible
        self._prefixes = prefixes
        types = [node for node in document.definitions if isinstance(node, TypeDefinitionNode)]
        self._hidden = {
            node.name.value
            for node in types
            if self._is_inaccessible(node.directives) or node.name.value.startswith(prefixes)
        }

    def definitions(self, nodes: Iterable[DefinitionNode]) -> Iterable[DefinitionNode]:
        for node in nodes:
            if isinstance(node, SchemaDefinitionNode):
                kept = [item for item in node.operation_types or () if item.type.name.value not in self._hidden]
                yield replace(node, directives=(), operation_types=tuple(kept))
            elif isinstance(node, DirectiveDefinitionNode):
                if self._is_executable(node):
                    yield replace(node, arguments=self._inputs(node.arguments))
            elif isinstance(node, TypeDefinitionNode) and node.name.value not in self._hidden:
                yield self._type(node)

    def _is_executable(self, node: DirectiveDefinitionNode) -> bool:
        is_machinery = node.name.value.startswith(self._prefixes) or node.name.value in {"link", "core"}
        is_ours = node.name.value == GraphQLDeferDirective.name
        return not is_machinery and not is_ours and any(place.value in EXECUTABLE_LOCATIONS for place in node.locations)

    def _type(self, node: TypeDefinitionNode) -> TypeDefinitionNode:
        kept = replace(node, directives=self._directives(node.directives))
        if isinstance(kept, _Fielded):
            interfaces = tuple(item for item in kept.interfaces or () if item.name.value not in self._hidden)
            return replace(kept, fields=self._fields(kept.fields), interfaces=interfaces)
        if isinstance(kept, InputObjectTypeDefinitionNode):
            return replace(kept, fields=self._inputs(kept.fields))
        if isinstance(kept, EnumTypeDefinitionNode):
            values = [
                replace(value, directives=self._directives(value.directives))
                for value in kept.values or ()
                if not self._is_inaccessible(value.directives)
            ]
            return replace(kept, values=tuple(values))
        if isinstance(kept, UnionTypeDefinitionNode):
            return replace(kept, types=tuple(item for item in kept.types or () if item.name.value not in self._hidden))
        return kept

    def _fields(self, fields: Sequence[FieldDefinitionNode] | None) -> tuple[FieldDefinitionNode, ...]:
        return tuple(
            replace(field, directives=self._directives(field.directives), arguments=self._inputs(field.arguments))
            for field in fields or ()
            if not self._is_inaccessible(field.directives) and _named(field.type) not in self._hidden
        )

    def _inputs(self, values: Sequence[InputValueDefinitionNode] | None) -> tuple[InputValueDefinitionNode, ...]:
        return tuple(
            replace(value, directives=self._directives(value.directives))
            for value in values or ()
            if not self._is_inaccessible(value.directives) and _named(value.type) not in self._hidden
        )

    def _directives(self, uses: Sequence[ConstDirectiveNode] | None) -> tuple[ConstDirectiveNode, ...]:
        return tuple(use for use in uses or () if use.name.value in _KEPT_DIRECTIVES)

    def _is_inaccessible(self, uses: Sequence[ConstDirectiveNode] | None) -> bool:
        return any(use.name.value == self._inaccessible for use in uses or ())


def _named(node: TypeNode) -> str:
    while isinstance(node, ListTypeNode | NonNullTypeNode):
        node = node.type
    return cast("NamedTypeNode", node).name.value
