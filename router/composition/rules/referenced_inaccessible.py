"""REFERENCED_INACCESSIBLE: what callers can see refers to nothing they cannot."""

from collections.abc import Iterator

from router.composition.errors import CompositionError, ErrorCode
from router.composition.merged_elements import accessible_fields, accessible_inputs
from router.composition.supergraph import Supergraph
from router.composition.type_references import named_type


def referenced_inaccessible(supergraph: Supergraph) -> Iterator[CompositionError]:
    """Accessible fields, arguments and input fields of inaccessible types."""
    hidden = {name for name, type_ in supergraph.types.items() if type_.metadata.is_inaccessible}
    references = [
        *((f"{parent}.{field.name}", field.type) for parent, field in accessible_fields(supergraph)),
        *((coordinate, value.type) for coordinate, value in accessible_inputs(supergraph)),
    ]
    for coordinate, type_ in references:
        if named_type(type_) in hidden:
            message = f'the type "{named_type(type_)}" is @inaccessible, but what refers to it here is not'
            yield CompositionError(ErrorCode.REFERENCED_INACCESSIBLE, message, coordinate)
