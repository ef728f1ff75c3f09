"""Federation 1 shares a value type by its definition: what an extension adds beside the definition is not shared.

Of entities and roots, and of a type that is only ever extended, every field is shared.
"""

from graphql.language import DocumentNode, ObjectTypeDefinitionNode, ObjectTypeExtensionNode

from router.composition.field_usage import FieldCoordinate
from router.composition.links import LinkedNames
from router.composition.subgraph import ROOT_TYPES

_SHARED_BY_FIELD = {"key", "extends"}


def unshared_fields(document: DocumentNode, names: LinkedNames) -> frozenset[FieldCoordinate]:
    """The fields of a Federation 1 document that other subgraphs may not resolve, too."""
    declarations = [
        node for node in document.definitions if isinstance(node, ObjectTypeDefinitionNode | ObjectTypeExtensionNode)
    ]
    defined = {node.name.value for node in declarations if isinstance(node, ObjectTypeDefinitionNode)}
    marked = {
        node.name.value
        for node in declarations
        for use in node.directives or ()
        if names.directives.get(use.name.value) in _SHARED_BY_FIELD
    }
    return frozenset(
        (node.name.value, field.name.value)
        for node in declarations
        if isinstance(node, ObjectTypeExtensionNode) and node.name.value in defined - marked - set(ROOT_TYPES)
        for field in node.fields or ()
    )
