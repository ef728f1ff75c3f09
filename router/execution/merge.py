"""Answers into the response: only what was asked for, copied for every place that needs it."""

from kernel.subgraph import JsonObject, JsonValue
from router.planning.nodes import Expected


def merge_object(expected: Expected, answer: JsonObject, target: JsonObject) -> None:
    """Copy the expected values of an object into `target`; keys nobody asked for are ignored."""
    for alias, field in expected.fields.items():
        if alias not in answer:
            continue
        value = answer[alias]
        if field.below is not None:
            value = _merged(field.below, value, target.get(field.key))
        target[field.key] = value


def _merged(expected: Expected, answer: JsonValue, known: JsonValue) -> JsonValue:
    if isinstance(answer, dict):
        target = known if isinstance(known, dict) else {}
        merge_object(expected, answer, target)
        return target
    if isinstance(answer, list):
        if isinstance(known, list) and len(known) == len(answer):
            return [_merged(expected, item, old) for item, old in zip(answer, known, strict=True)]
        return [_merged(expected, item, None) for item in answer]
    return known if answer is None else answer
