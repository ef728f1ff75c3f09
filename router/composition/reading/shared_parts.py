"""`@shareable` on one declaration of a type is about the fields of that declaration, not about those of its extensions.

So it may stand once on each declaration, and nowhere twice: that is INVALID_SHAREABLE_USAGE.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from graphql.language import (
    ConstDirectiveNode,
    DocumentNode,
    FieldDefinitionNode,
    ObjectTypeDefinitionNode,
    ObjectTypeExtensionNode,
)

from router.composition.errors import CompositionError, ErrorCode
from router.composition.federation_specification import signatures
from router.composition.links import LinkedNames

_Declaration = ObjectTypeDefinitionNode | ObjectTypeExtensionNode


def with_shared_fields(document: DocumentNode, names: LinkedNames) -> DocumentNode:
    """The document with `@shareable` on the fields it is about, wherever a type has several declarations."""
    declarations = Counter(node.name.value for node in _declarations(document))
    uses = Counter(node.name.value for node in _declarations(document) if _uses(node, names))
    spread = {name for name in uses if declarations[name] > 1 and (uses[name] == 1 or _is_repeatable(names))}
    definitions = tuple(
        _with_shared_fields(node, names) if isinstance(node, _Declaration) and node.name.value in spread else node
        for node in document.definitions
    )
    return replace(document, definitions=definitions) if spread else document


def repeated_sharing(document: DocumentNode, names: LinkedNames, subgraph: str) -> Iterator[CompositionError]:
    """`@shareable` twice on one declaration or field, where the version lets it be repeated at all."""
    if not _is_repeatable(names):
        return
    for node in _declarations(document):
        places = {
            node.name.value: node,
            **{f"{node.name.value}.{field.name.value}": field for field in node.fields or ()},
        }
        for coordinate, place in places.items():
            if len(_uses(place, names)) > 1:
                message = "@shareable stands here twice; only a type and its extensions may each have one"
                yield CompositionError(ErrorCode.INVALID_SHAREABLE_USAGE, message, coordinate, (subgraph,))


def _declarations(document: DocumentNode) -> Iterator[_Declaration]:
    return (node for node in document.definitions if isinstance(node, _Declaration))


def _is_repeatable(names: LinkedNames) -> bool:
    return "repeatable" in signatures(names.minor).get("shareable", "")


def _uses(node: _Declaration | FieldDefinitionNode, names: LinkedNames) -> list[ConstDirectiveNode]:
    return [use for use in node.directives or () if names.directives.get(use.name.value) == "shareable"]


def _with_shared_fields(node: _Declaration, names: LinkedNames) -> _Declaration:
    uses = _uses(node, names)
    fields = tuple(
        field if _uses(field, names) else replace(field, directives=(*(field.directives or ()), *uses[:1]))
        for field in node.fields or ()
    )
    directives = tuple(use for use in node.directives or () if use not in uses)
    return replace(node, directives=directives, fields=fields)
