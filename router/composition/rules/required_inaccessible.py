"""REQUIRED_INACCESSIBLE: what callers must give, they can see."""

from collections.abc import Iterator

from router.composition.errors import CompositionError, ErrorCode
from router.composition.merged_elements import inputs_in_accessible_places
from router.composition.subgraph import InputValue
from router.composition.supergraph import Supergraph
from router.composition.type_references import is_required


def required_inaccessible(supergraph: Supergraph) -> Iterator[CompositionError]:
    """Required arguments and input fields that are hidden from an accessible place."""
    for coordinate, value in inputs_in_accessible_places(supergraph):
        declared = InputValue(value.name, value.type, value.default, value.metadata)
        if value.metadata.is_inaccessible and is_required(declared):
            message = "it is required but @inaccessible, so callers could not give it"
            yield CompositionError(ErrorCode.REQUIRED_INACCESSIBLE, message, coordinate)
