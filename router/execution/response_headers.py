"""Which headers of subgraphs' answers reach the client: by name, and by what several answers make of one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Final

from pydantic import ConfigDict

from router.execution.transport.request_headers import HeaderName

_NO_STORE: Final = "no-store"
_RESTRICTIONS: Final = ("private", "no-cache", "must-revalidate", "proxy-revalidate", "no-transform")


class Take(StrEnum):
    """What several answers make of one header: the first to arrive, the last, all of them, or the strictest."""

    FIRST = "first"
    LAST = "last"
    APPEND = "append"
    STRICTEST = "strictest"


@dataclass(frozen=True, slots=True)
class ResponseHeaderRule:
    """One header that is passed on; `strictest` is for `cache-control` only."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    name: HeaderName
    take: Take = Take.FIRST

    def __post_init__(self) -> None:
        if self.take is Take.STRICTEST and self.name.lower() != "cache-control":
            raise ValueError("strictest is for cache-control only")


class ResponseHeaderRules:
    """The rules of a router."""

    def __init__(self, rules: Iterable[ResponseHeaderRule] = ()) -> None:
        self._rules = [*rules]
        self.names: Final = frozenset(rule.name for rule in self._rules)

    def collector(self) -> "ReceivedHeaders | None":
        """What collects the headers of one request; nothing where no header is passed on."""
        return ReceivedHeaders(self._rules) if self._rules else None


class ReceivedHeaders:
    """The headers of the answers to one request, in the order of their arrival."""

    def __init__(self, rules: Sequence[ResponseHeaderRule]) -> None:
        self._rules = rules
        self._answers: list[Mapping[str, list[str]]] = []

    def add(self, headers: Iterable[tuple[str, str]]) -> None:
        """The headers of one answer; none for a fetch that failed."""
        found: dict[str, list[str]] = {}
        for name, value in headers:
            found.setdefault(name, []).append(value)
        self._answers.append(found)

    def for_client(self) -> list[tuple[str, str]]:
        """What the client gets."""
        return [(rule.name, value) for rule in self._rules for value in self._values(rule)]

    def _values(self, rule: ResponseHeaderRule) -> list[str]:
        if rule.take is Take.STRICTEST:
            # an answer that says nothing about caching has not allowed it
            said = [", ".join(answer.get(rule.name, [_NO_STORE])) for answer in self._answers]
            return [strictest(said)] if said else []
        values = [value for answer in self._answers for value in answer.get(rule.name, ())]
        if rule.take is Take.APPEND:
            return values
        return values[:1] if rule.take is Take.FIRST else values[-1:]


def strictest(values: Iterable[str]) -> str:
    """One `cache-control` that promises no more than any of several (RFC 9111 §5.2.2)."""
    said = [_directives(value) for value in values]
    if not said or any(_NO_STORE in directives for directives in said):
        return _NO_STORE
    told = [flag for flag in _RESTRICTIONS if any(flag in directives for directives in said)]
    if "private" not in told and all("public" in directives for directives in said):
        told.append("public")
    ages = (name for name in ("max-age", "s-maxage") if any(name in directives for directives in said))
    told.extend(f"{name}={min(_seconds(directives, name) for directives in said)}" for name in ages)
    return ", ".join(told) or _NO_STORE


def _directives(value: str) -> Mapping[str, str]:
    parts = (part.strip().lower().partition("=") for part in value.split(","))
    return {name: argument.strip('"') for name, _, argument in parts if name}


def _seconds(directives: Mapping[str, str], name: str) -> int:
    """An age; an answer that names none may be stale at once."""
    argument = directives.get(name, directives.get("max-age", ""))
    return int(argument) if argument.isascii() and argument.isdecimal() else 0
