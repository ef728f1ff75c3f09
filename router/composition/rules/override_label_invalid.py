"""OVERRIDE_LABEL_INVALID: a label is a name of at most 255 characters, or `percent(0…100)`."""

import re
from collections.abc import Iterator

from router.composition.errors import CompositionError, ErrorCode
from router.composition.subgraph import CompositeType, Subgraph

_NAME = re.compile(r"^[A-Za-z][A-Za-z0-9_\-:./]{0,254}$")
_PERCENT = re.compile(r"^percent\((\d{1,2}(\.\d{1,8})?|100)\)$")


def override_label_invalid(subgraph: Subgraph) -> Iterator[CompositionError]:
    """Labels of `@override` that no router could decide on."""
    for type_ in subgraph.types.values():
        for field in type_.fields.values() if isinstance(type_, CompositeType) else ():
            label = field.override.label if field.override else None
            if label is not None and not _NAME.match(label) and not _PERCENT.match(label):
                message = f'"{label}" is neither a name nor percent(0) to percent(100)'
                yield CompositionError(
                    ErrorCode.OVERRIDE_LABEL_INVALID, message, f"{type_.name}.{field.name}", (subgraph.name,)
                )
