"""Text of generated functions, and the names by which they know their constants."""

from collections import Counter
from typing import Any


class UnsafeName(Exception):
    """A response key that is no GraphQL name; it never gets into generated code."""


def quoted(name: str) -> str:
    """A response key or type name as a Python literal. Raises UnsafeName: nothing else of a request becomes code."""
    # GraphQL names are the identifiers of ASCII
    if not (name.isascii() and name.isidentifier()):
        raise UnsafeName("a response key must be a GraphQL name")
    return f'"{name}"'


class Namespace:
    """What generated code refers to: every value under a numbered name."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self._names: dict[tuple[str, int], str] = {}
        self._numbers = Counter[str]()

    def bind(self, prefix: str, value: object) -> str:
        """The name of `value`, the same for the same object."""
        known = self._names.get((prefix, id(value)))
        if known is not None:
            return known
        name = self.fresh(prefix)
        self._names[prefix, id(value)] = name
        self.values[name] = value
        return name

    def fresh(self, prefix: str) -> str:
        """A name nothing has yet."""
        self._numbers[prefix] += 1
        return f"{prefix}_{self._numbers[prefix]}"


class Text:
    """Lines of one function."""

    def __init__(self, head: str) -> None:
        self._lines = [head]
        self._depth = 1
        self.length = 0

    def add(self, *lines: str) -> None:
        """Append at the present depth."""
        indent = "    " * self._depth
        for line in lines:
            self._lines.append(indent + line)
            self.length += 4 * self._depth + len(line)

    def open(self, head: str) -> None:
        """Append the head of a block; what follows is inside it."""
        self.add(head)
        self._depth += 1

    def close(self, levels: int = 1) -> None:
        """Leave blocks."""
        self._depth -= levels

    def __str__(self) -> str:
        return "\n".join(self._lines)
