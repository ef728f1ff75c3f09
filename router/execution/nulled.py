"""What an error has nulled above itself: nobody answered that it is null, so it is as if it had not come."""

from collections.abc import Sequence

from kernel.subgraph import JsonObject, JsonValue
from router.planning.nodes import Expected


def forget_nulled(steps: Sequence[str | int], answer: JsonValue, expected: Expected, target: JsonObject) -> None:
    """Take out of a response's object the null above the end of an error's path in the answer, if there is one.

    A requirement may be fetched beside a field of the client's whose failure takes the object of both along.
    """
    found: JsonValue = target
    level: Expected | None = expected
    for position, step in enumerate(steps):
        if isinstance(step, int):
            answer, found = _item(answer, step), _item(found, step)
            continue
        field = level.fields.get(step) if level is not None else None
        if field is None or not isinstance(answer, dict) or not isinstance(found, dict):
            return
        answer, level = answer.get(step), field.below
        if answer is None:
            if position + 1 < len(steps) and found.get(field.key) is None:
                found.pop(field.key, None)
            return
        found = found.get(field.key)


def _item(value: JsonValue, index: int) -> JsonValue:
    return value[index] if isinstance(value, list) and 0 <= index < len(value) else None
