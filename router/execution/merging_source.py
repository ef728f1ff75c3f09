"""Writes the functions that bring answers into the response: only what was asked for, copied where others write too."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from kernel.subgraph import JsonValue
from router.execution.generated import Source, quoted
from router.execution.ownership import Keys, Ownership
from router.planning.nodes import Expected, ExpectedField

_MAX_INLINE: Final = 3


class MergeWriter:
    """Writes `merge(answer, target)` and `spread(values, targets)` for one plan; keys nobody asked for are ignored."""

    def __init__(self, source: Source, ownership: Ownership) -> None:
        self._source = source
        self._ownership = ownership
        self._copies: dict[tuple[int, tuple[Keys, ...]], str] = {}

    def merge(self, expected: Expected, places: Sequence[Keys]) -> str:
        """Write the function for an object that goes to `places`; its name."""
        statements = self._statements(expected, places, "target")
        name = self._source.fresh("merge")
        with self._source.block(f"def {name}(answer, target):"):
            self._write(statements)
        return name

    def spread(self, expected: Expected, places: Sequence[Keys]) -> str:
        """Write the function for the entities of a look-up and the objects each of them goes to; its name.

        It returns the objects whose entity is neither an object nor null.
        """
        merge = self.merge(expected, places)
        variables = self._variables(expected)
        statements = [
            f"target[{quoted(field.key)}] = {self._taken(variables[alias], field, places, known_of='target')}"
            for alias, field in expected.fields.items()
        ]
        name = self._source.fresh("spread")
        with self._source.block(f"def {name}(values, targets):"):
            self._source.line("strange = []")
            with self._source.block("for answer, same in zip(values, targets):"):
                with self._source.block("if not isinstance(answer, dict):"):
                    self._source.line("if answer is not None: strange += same")
                    self._source.line("continue")
                self._read(variables, "answer", otherwise=f"for target in same: {merge}(answer, target)")
                with self._source.block("else:"), self._source.block("for target in same:"):
                    self._write(statements)
            self._source.line("return strange")
        return name

    def _variables(self, expected: Expected) -> Mapping[str, str]:
        return {alias: self._source.fresh("a") for alias in expected.fields}

    def _read(self, variables: Mapping[str, str], answer: str, *, otherwise: str) -> None:
        """Statements that read a complete answer; `otherwise` is for one that lacks something."""
        with self._source.block("try:"):
            self._write([f"{variable} = {answer}[{quoted(alias)}]" for alias, variable in variables.items()])
        with self._source.block("except KeyError:"):
            self._source.line(otherwise)

    def _statements(self, expected: Expected, places: Sequence[Keys], target: str) -> list[str]:
        statements: list[str] = []
        for alias, field in expected.fields.items():
            value = self._taken(f"answer[{quoted(alias)}]", field, places, known_of=target)
            statements.append(f"if {quoted(alias)} in answer: {target}[{quoted(field.key)}] = {value}")
        return statements

    def _taken(self, value: str, field: ExpectedField, places: Sequence[Keys], known_of: str | None) -> str:
        """An expression for what becomes of a value, joined with what an object knows already."""
        below = [(*place, field.key) for place in places]
        if field.below is None or self._ownership.is_untouched(below, field.below):
            return value
        copy = self._copy(field.below, below)
        if known_of is not None:
            return f"{copy}({value}, {known_of}.get({quoted(field.key)}))"
        return self._inline(value, field.below, below) + f"{copy}({value}, None)"

    def _inline(self, value: str, expected: Expected, places: Sequence[Keys]) -> str:
        """The copy of an object of a few plain values, spelled out: the usual one below another has only its key."""
        if len(expected.fields) > _MAX_INLINE or not _has_keys_of_its_own(expected):
            return ""
        parts: list[str] = []
        for alias, field in expected.fields.items():
            below = [(*place, field.key) for place in places]
            if field.below is not None and not self._ownership.is_untouched(below, field.below):
                return ""
            parts.append(f"{quoted(field.key)}: {value}[{quoted(alias)}]")
        conditions = [f"type({value}) is dict", *(f"{quoted(alias)} in {value}" for alias in expected.fields)]
        return f"{{{', '.join(parts)}}} if {' and '.join(conditions)} else "

    def _copy(self, expected: Expected, places: Sequence[Keys]) -> str:
        """Write a function for a value with parts, which joins it with what is known there; its name."""
        key = (id(expected), tuple(places))
        if key not in self._copies:
            self._copies[key] = self._write_copy(expected, places)
        return self._copies[key]

    def _write_copy(self, expected: Expected, places: Sequence[Keys]) -> str:
        statements = self._statements(expected, places, "known")
        variables = self._variables(expected)
        fresh = [
            f"{quoted(field.key)}: {self._taken(variables[alias], field, places, known_of=None)}"
            for alias, field in expected.fields.items()
        ]
        name = self._source.fresh("copy")
        joined = self._source.constant(_joined, "joined")
        with self._source.block(f"def {name}(answer, known):"):
            if _has_keys_of_its_own(expected):
                with self._source.block("if known is None:"):
                    self._write_fresh(name, variables, "{" + ", ".join(fresh) + "}")
            self._source.line(f"if not isinstance(answer, dict): return {joined}({name}, answer, known)")
            self._source.line("if not isinstance(known, dict): known = {}")
            self._write(statements)
            self._source.line("return known")
        return name

    def _write_fresh(self, copy: str, variables: Mapping[str, str], fresh: str) -> None:
        """Statements for complete objects, and lists of them, of which nothing is known yet."""
        with self._source.block("if type(answer) is dict:"):
            self._read(variables, "answer", otherwise="pass")
            self._source.line(f"else: return {fresh}")
        with self._source.block("elif type(answer) is list:"):
            self._source.line("copies = []")
            with self._source.block("for item in answer:"):
                with self._source.block("if type(item) is not dict:"):
                    self._source.line(f"copies.append({copy}(item, None))")
                    self._source.line("continue")
                self._read(variables, "item", otherwise=f"copies.append({copy}(item, None))")
                self._source.line(f"else: copies.append({fresh})")
            self._source.line("return copies")

    def _write(self, statements: Sequence[str]) -> None:
        for statement in statements or ["pass"]:
            self._source.line(statement)


def _has_keys_of_its_own(expected: Expected) -> bool:
    """True unless an object comes in parts under several aliases."""
    return len({field.key for field in expected.fields.values()}) == len(expected.fields)


def _joined(copy: Callable[[JsonValue, JsonValue], JsonValue], answer: JsonValue, known: JsonValue) -> JsonValue:
    """What an answer that is no object makes of a known value."""
    if not isinstance(answer, list):
        return known if answer is None else answer
    if isinstance(known, list) and len(known) == len(answer):
        return [copy(item, old) for item, old in zip(answer, known, strict=True)]
    return [copy(item, None) for item in answer]
