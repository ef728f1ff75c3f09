"""Text of generated functions: lines, fresh names, and constants that stand outside the text."""

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Any, Final, cast

_INDENT: Final = "    "


class UnsafeName(Exception):
    """A text that is no GraphQL Name was about to stand in generated source."""


def quoted(name: str) -> str:
    """A GraphQL Name (or several joined by dots) as a literal: the only text of a request that is ever generated.

    Raises:
        UnsafeName: it is anything else.
    """
    # GraphQL names are the identifiers of ASCII
    if not name.isascii() or not all(part.isidentifier() for part in name.split(".")):
        raise UnsafeName(ascii(name))
    return f"'{name}'"


def is_a(variable: str, kind: str) -> str:
    """A condition: the value is a `dict` or `list`. Comparing its type is faster, and nearly always enough."""
    return f"type({variable}) is {kind} or isinstance({variable}, {kind})"


class Source:
    """Source text of a few functions; everything that is not a Name is bound in `namespace`."""

    def __init__(self, **namespace: object) -> None:
        self._namespace = namespace
        self._lines: list[str] = []
        self._depth = 0
        self._names = 0
        self._constants: dict[int, str] = {}

    @property
    def depth(self) -> int:
        """How many blocks are open."""
        return self._depth

    @property
    def text(self) -> str:
        """What was written so far."""
        return "\n".join(self._lines) + "\n"

    def line(self, text: str) -> None:
        """Write one statement."""
        self._lines.append(_INDENT * self._depth + text)

    @contextmanager
    def block(self, opening: str) -> Generator[None]:
        """Write a statement with what follows below it."""
        self.line(opening)
        self._depth += 1
        yield
        self._depth -= 1

    @contextmanager
    def attempt(self, handler: str, then: str, is_needed: Callable[[], bool]) -> Generator[None]:
        """Write statements under `try`, unless it turns out that none of them needs it."""
        start = len(self._lines)
        with self.block("try:"):
            yield
        if is_needed():
            with self.block(f"except {handler}:"):
                self.line(then)
        else:
            self._lines[start:] = [line.removeprefix(_INDENT) for line in self._lines[start + 1 :]]

    def fresh(self, prefix: str) -> str:
        """A name that was not used before."""
        self._names += 1
        return f"{prefix}{self._names}"

    def constant(self, value: object, prefix: str) -> str:
        """A name for a value that the text needs."""
        name = self._constants.get(id(value))
        if name is None:
            name = self._constants[id(value)] = self.fresh(prefix)
            # also keeps the value alive, so that its id is not used again
            self._namespace[name] = value
        return name

    def functions(self) -> Mapping[str, Callable[..., Any]]:
        """Compile the text; its functions by name."""
        code = compile(self.text, "<generated from a query plan>", "exec", dont_inherit=True)
        exec(code, self._namespace)  # noqa: S102 - the text has no part of the request but checked Names
        return cast("Mapping[str, Callable[..., Any]]", self._namespace)
