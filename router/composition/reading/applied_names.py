"""Under which names a subgraph applies the directives that reach the supergraph."""

from collections.abc import Iterator

from graphql.language import (
    EnumTypeDefinitionNode,
    FieldDefinitionNode,
    InputObjectTypeDefinitionNode,
    InterfaceTypeDefinitionNode,
    ObjectTypeDefinitionNode,
    TypeDefinitionNode,
)

from router.composition.federation_specification import MERGED_DIRECTIVES
from router.composition.reading.document import TidyDocument

_Fielded = ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode | InputObjectTypeDefinitionNode


def read_applied_names(document: TidyDocument) -> dict[str, tuple[str, ...]]:
    """The names in the SDL of each federation directive it applies and composition merges, by canonical name."""
    found: dict[str, dict[str, None]] = {}
    for node in document.types.values():
        for name in _applied(node):
            canonical = document.names.directives.get(name)
            if canonical in MERGED_DIRECTIVES:
                found.setdefault(canonical, {})[name] = None
    return {canonical: tuple(names) for canonical, names in found.items()}


def _applied(node: TypeDefinitionNode) -> Iterator[str]:
    yield from (use.name.value for use in node.directives or ())
    if isinstance(node, EnumTypeDefinitionNode):
        for value in node.values or ():
            yield from (use.name.value for use in value.directives or ())
    if isinstance(node, _Fielded):
        for field in node.fields or ():
            yield from (use.name.value for use in field.directives or ())
            if isinstance(field, FieldDefinitionNode):
                for argument in field.arguments or ():
                    yield from (use.name.value for use in argument.directives or ())
