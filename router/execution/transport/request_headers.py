"""Which of a client's headers a subgraph gets: an allow-list with renames, constants and removals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import Annotated, ClassVar, Final, TypeAlias

from pydantic import AfterValidator, ConfigDict, StringConstraints

from kernel.caller_proof import PROOF_HEADER

#: what a subgraph of ours reads
FORWARDED_HEADERS: Final = ("authorization", "x-retail-tenant", "accept-language")

#: about one connection or one body (RFC 9110 §7.6.1), or ours to say
UNFORWARDED_HEADERS: Final = frozenset(
    {
        "accept",
        "accept-encoding",
        "connection",
        "content-encoding",
        "content-length",
        "content-type",
        "expect",
        "host",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "x-retail-deadline-ms",
        PROOF_HEADER,
    }
)


def _passing(name: str) -> str:
    if name in UNFORWARDED_HEADERS:
        raise ValueError(f"{name} is never passed on")
    return name


HeaderName: TypeAlias = Annotated[
    str, StringConstraints(to_lower=True, pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$"), AfterValidator(_passing)
]
_HeaderValue: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[\t\x20-\x7e]*$")]


@dataclass(frozen=True, slots=True)
class HeaderRules:
    """For one subgraph: `allow` says what passes, `rename` under which name, `remove` what does not pass after all.

    `set` adds constants, over whatever the client sent. Names are lower case.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    allow: Sequence[HeaderName] = FORWARDED_HEADERS
    rename: Mapping[HeaderName, HeaderName] = dataclass_field(default_factory=dict[str, str])
    set: Mapping[HeaderName, _HeaderValue] = dataclass_field(default_factory=dict[str, str])
    remove: Sequence[HeaderName] = ()

    def pairs(self) -> Sequence[tuple[str, str]]:
        """The client's name of each header that passes, and the name it passes under."""
        allowed = dict.fromkeys((*self.allow, *self.rename))
        return [(name, self.rename.get(name, name)) for name in allowed if name not in self.remove]


class RequestHeaders:
    """The rules of all subgraphs, ready to be applied; a subgraph without rules of its own follows the default."""

    def __init__(self, default: HeaderRules, subgraphs: Mapping[str, HeaderRules] | None = None) -> None:
        self._default = _Compiled(default)
        self._subgraphs = {name: _Compiled(rules) for name, rules in (subgraphs or {}).items()}

    def names(self) -> frozenset[str]:
        """Which headers of a client's at least one subgraph gets: what an answer may depend on."""
        rules = (self._default, *self._subgraphs.values())
        return frozenset(name for each in rules for name, _ in each.pairs)

    def forwarded(self, subgraph: str, headers: Mapping[str, str]) -> Mapping[str, str]:
        """What a subgraph gets of a client's headers."""
        rules = self._subgraphs.get(subgraph, self._default)
        kept = {sent: headers[name] for name, sent in rules.pairs if name in headers}
        if rules.constants:
            kept.update(rules.constants)
        return kept


class _Compiled:
    __slots__ = ("constants", "pairs")

    def __init__(self, rules: HeaderRules) -> None:
        self.pairs = rules.pairs()
        self.constants = rules.set
