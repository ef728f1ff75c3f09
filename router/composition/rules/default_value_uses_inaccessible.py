"""DEFAULT_VALUE_USES_INACCESSIBLE: a default callers see uses no enum value or input field they cannot see."""

from collections.abc import Iterator

from graphql.language import (
    EnumValueNode,
    ListValueNode,
    ObjectValueNode,
    TypeNode,
    ValueNode,
)

from router.composition.errors import CompositionError, ErrorCode
from router.composition.merged_elements import accessible_inputs
from router.composition.supergraph import MergedEnum, MergedInputObject, Supergraph
from router.composition.type_references import named_type


def default_value_uses_inaccessible(supergraph: Supergraph) -> Iterator[CompositionError]:
    """Defaults with hidden parts."""
    for coordinate, value in accessible_inputs(supergraph):
        type_ = supergraph.types.get(named_type(value.type))
        # Of a type that is hidden as a whole, REFERENCED_INACCESSIBLE says enough.
        if type_ and type_.metadata.is_inaccessible:
            continue
        for hidden in _hidden_parts(value.default, value.type, supergraph) if value.default else ():
            message = f'its default uses "{hidden}", which is @inaccessible'
            yield CompositionError(ErrorCode.DEFAULT_VALUE_USES_INACCESSIBLE, message, coordinate)


def _hidden_parts(node: ValueNode, declared: TypeNode, supergraph: Supergraph) -> Iterator[str]:
    type_ = supergraph.types.get(named_type(declared))
    if isinstance(node, ListValueNode):
        for item in node.values:
            yield from _hidden_parts(item, declared, supergraph)
    elif isinstance(node, EnumValueNode) and isinstance(type_, MergedEnum):
        value = type_.values.get(node.value)
        if value and value.metadata.is_inaccessible:
            yield f"{type_.name}.{node.value}"
    elif isinstance(node, ObjectValueNode) and isinstance(type_, MergedInputObject):
        yield from _hidden_fields(node, type_, supergraph)


def _hidden_fields(node: ObjectValueNode, type_: MergedInputObject, supergraph: Supergraph) -> Iterator[str]:
    for given in node.fields:
        field = type_.fields.get(given.name.value)
        if field and field.metadata.is_inaccessible:
            yield f"{type_.name}.{field.name}"
        elif field:
            yield from _hidden_parts(given.value, field.type, supergraph)
