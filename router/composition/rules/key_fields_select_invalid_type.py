"""KEY_FIELDS_SELECT_INVALID_TYPE: a key has no interfaces or unions in it."""

from collections.abc import Iterator

from graphql.language import TypeNode

from router.composition.errors import CompositionError, ErrorCode
from router.composition.field_set_uses import keys_of, walk_fields
from router.composition.subgraph import ABSTRACT_KINDS, Kind, Subgraph
from router.composition.type_references import named_type


def key_fields_select_invalid_type(subgraph: Subgraph) -> Iterator[CompositionError]:
    """Keys through fields whose values are of no one object type."""
    for use in keys_of(subgraph):
        for selected in walk_fields(use, subgraph):
            reason = _reason(selected.field.type, subgraph) if selected.field else ""
            if reason:
                message = (
                    f'@key(fields: "{use.fields.text}") cannot include'
                    f' "{selected.parent}.{selected.selection.name}": {reason}'
                )
                yield CompositionError(
                    ErrorCode.KEY_FIELDS_SELECT_INVALID_TYPE, message, use.coordinate, (subgraph.name,)
                )


def _reason(node: TypeNode, subgraph: Subgraph) -> str:
    target = subgraph.types.get(named_type(node))
    if target is not None and target.kind in ABSTRACT_KINDS:
        return f"its type is {'an interface' if target.kind is Kind.INTERFACE else 'a union'}"
    return ""
