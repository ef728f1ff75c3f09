"""How many fields a request asks for, counted before it is written."""

from collections.abc import Sequence
from typing import TypeAlias

from router.planning.cost import count_expected
from router.planning.fetch_graph import Asked, FetchDraft
from router.planning.operations import expected_of

#: the fields of a selection set with what lies below them: equal shapes are written alike
_Shape: TypeAlias = tuple[object, ...]


def count_fields(drafts: Sequence[FetchDraft]) -> int:
    """The fields that drafts travelling together ask for; look-ups that are written alike become one."""
    if len(drafts) == 1:
        return _counted(drafts[0].asked)[0]
    by_shape: dict[_Shape, int] = {}
    for draft in drafts:
        count, shape = _counted(draft.asked)
        by_shape[shape] = count
    return sum(by_shape.values())


def _counted(asked: Asked) -> tuple[int, _Shape]:
    count, shapes = len(asked.fields), list[object]()
    for key, field in asked.fields.items():
        below, shape = _counted(field.below) if field.below is not None else (0, None)
        count += below
        shapes.append((key, field.signature, field.is_visible, shape))
    for type_name, fragment in asked.fragments.items():
        below, shape = _counted(fragment)
        count += below
        shapes.append((type_name, shape))
    if asked.fragments and len(asked.fields) + len(asked.fragments) > 1:
        # fields of several types share an alias where they can
        count = count_expected(expected_of(asked))
    return count, tuple(shapes)
