"""Writes the functions that bring answers into the response: only what was asked for, copied where others write too."""

from collections.abc import Callable, Sequence

from kernel.subgraph import JsonValue
from router.execution.generated import Source, quoted
from router.execution.ownership import Keys, Ownership
from router.planning.nodes import Expected, ExpectedField


class MergeWriter:
    """Writes `merge(answer, target)` functions for one plan; keys nobody asked for are ignored."""

    def __init__(self, source: Source, ownership: Ownership) -> None:
        self._source = source
        self._ownership = ownership

    def function(self, expected: Expected, places: Sequence[Keys]) -> str:
        """Write the function for an object that goes to `places`; its name."""
        statements = self._statements(expected, places, "target")
        name = self._source.fresh("merge")
        with self._source.block(f"def {name}(answer, target):"):
            self._write(statements)
        return name

    def _statements(self, expected: Expected, places: Sequence[Keys], target: str) -> list[str]:
        return [
            f"if {quoted(alias)} in answer: {target}[{quoted(field.key)}] = {self._value(alias, field, places, target)}"
            for alias, field in expected.fields.items()
        ]

    def _value(self, alias: str, field: ExpectedField, places: Sequence[Keys], target: str) -> str:
        value = f"answer[{quoted(alias)}]"
        below = [(*place, field.key) for place in places]
        if field.below is None or self._ownership.is_untouched(below, field.below):
            return value
        return f"{self._copy(field.below, below)}({value}, {target}.get({quoted(field.key)}))"

    def _copy(self, expected: Expected, places: Sequence[Keys]) -> str:
        """Write a function for a value with parts, which joins it with what is known there; its name."""
        statements = self._statements(expected, places, "known")
        name = self._source.fresh("copy")
        joined = self._source.constant(_joined, "joined")
        with self._source.block(f"def {name}(answer, known):"):
            self._source.line(f"if not isinstance(answer, dict): return {joined}({name}, answer, known)")
            self._source.line("if not isinstance(known, dict): known = {}")
            self._write(statements)
            self._source.line("return known")
        return name

    def _write(self, statements: Sequence[str]) -> None:
        for statement in statements or ["pass"]:
            self._source.line(statement)


def _joined(copy: Callable[[JsonValue, JsonValue], JsonValue], answer: JsonValue, known: JsonValue) -> JsonValue:
    """What an answer that is no object makes of a known value."""
    if not isinstance(answer, list):
        return known if answer is None else answer
    if isinstance(known, list) and len(known) == len(answer):
        return [copy(item, old) for item, old in zip(answer, known, strict=True)]
    return [copy(item, None) for item in answer]
