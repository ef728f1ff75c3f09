"""What composed schemas may say differently, as narrowly as possible: the reason, and how both come to say the same."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from tests.contract.vendor_gateway.supergraph_facts import supergraph_facts
from tests.factories.subgraph_sets.shared_types import OPTIONAL_MEMBERS

_ACCESS = "authenticated|requiresScopes|policy"
_MERGED = f"{_ACCESS}|context|tag|inaccessible|cost|listSize"
_COMPOSED = "mark|sign|marks__mark"


@dataclass(frozen=True, slots=True)
class KnownFact:
    """Facts of a `schema` (supergraph or API) that match are compared as `said`, and not at all when that is empty.

    `covers` takes such a fact and all the graph's SDL.
    """

    reason: str
    peers: tuple[str, ...]
    schemas: tuple[str, ...]
    pattern: re.Pattern[str]
    said: str = ""
    covers: Callable[[str, str], bool] = lambda _fact, _sdl: True

    def said_of(self, fact: str, sdl: str) -> str:
        """The fact as it is compared."""
        return self.pattern.sub(self.said, fact) if self.pattern.search(fact) and self.covers(fact, sdl) else fact


def _is_declared(rest: str) -> Callable[[str, str], bool]:
    """Some subgraph has the field the fact is about with this behind its name, on the same line."""
    return lambda fact, sdl: re.search(rf"\b{_field_of(fact)}\b.*{rest}", sdl) is not None


def _field_of(fact: str) -> str:
    return re.split(r"[ (:]", fact, maxsplit=1)[0].split(".")[-1]


def _is_external_in_extension(fact: str, sdl: str) -> bool:
    type_, field = fact.split(" ", maxsplit=1)[0].split(".")
    declared = rf"extend type {type_}\b((?!\n}})[\s\S])*\b{field}\b.*external"
    return re.search(declared, sdl) is not None


def _stands_on_optional_members_only(fact: str, sdl: str) -> bool:
    name = fact.split("/")[-2]
    members = "|".join(member for members in OPTIONAL_MEMBERS.values() for member in members)
    places = [line for line in sdl.splitlines() if re.search(rf"@(federation__)?{name}\b", line.split("import:")[0])]
    return bool(places) and all(re.match(rf'\W*("[^"]*" )?({members})\b', place) for place in places)


_BOTH = ("apollo", "guild")
_SUPERGRAPH = ("supergraph",)
_API = ("API",)

KNOWN_FACTS = (
    KnownFact(
        "ADR 9: access is linked without `for: SECURITY`",
        _BOTH,
        _SUPERGRAPH,
        re.compile(rf'^schema @link\(for:SECURITY, (.*url:"https://specs\.apollo\.dev/({_ACCESS})/)'),
        r"schema @link(\1",
    ),
    KnownFact(
        "ours always writes the newest join",
        _BOTH,
        _SUPERGRAPH,
        re.compile(r"specs\.apollo\.dev/join/v0\.[345]"),
        "specs.apollo.dev/join",
    ),
    KnownFact(
        "ours imports both directives of costs, whichever is used; Apollo's keeps the names subgraphs import",
        _BOTH,
        _SUPERGRAPH,
        re.compile(rf'^schema @link\(((?:for:SECURITY, )?)(?:as:"\w+", |import:\[.*\], )(url:".*/(?:{_MERGED})/)'),
        r"schema @link(\1\2",
    ),
    KnownFact(
        "ours links only what the supergraph uses: not what stands on members alone that are left out",
        _BOTH,
        _SUPERGRAPH,
        re.compile(rf"^schema @link\(.*/({_MERGED})/v0\.\d\"\)$"),
        covers=_stands_on_optional_members_only,
    ),
    KnownFact(
        "the others say of a key that the type is extended, though it is defined beside the extension",
        _BOTH,
        _SUPERGRAPH,
        re.compile(r"@join__type\(extension:true, "),
        "@join__type(",
    ),
    KnownFact(
        "the Guild's joins no field of an interface to the subgraphs that have it, as long as one declares it external",
        ("guild",),
        _SUPERGRAPH,
        re.compile(r"^Media\.name @join__field\((external:true, )?graph:\w+\)$"),
    ),
    KnownFact(
        "the Guild's joins no field that an extension beside the definition declares external",
        ("guild",),
        _SUPERGRAPH,
        re.compile(r"^Entity\d\.\w+ @join__field\((external:true, )?graph:\w+\)$"),
        covers=_is_external_in_extension,
    ),
    KnownFact(
        "the Guild's counts descriptions of external declarations, and none of fields taken over",
        ("guild",),
        (*_SUPERGRAPH, *_API),
        re.compile(r"^[\w.]+ described [\s\S]*$"),
        covers=_is_declared("(override|external)"),
    ),
    KnownFact(
        "the Guild's leaves hidden members of enums, unions and inputs out where not all subgraphs have them",
        ("guild",),
        _SUPERGRAPH,
        re.compile(r"^(Filter|Kind|Mood|Unit)\.\w+[ :][\s\S]*$"),
        covers=_is_declared("@(inaccessible|hidden)"),
    ),
    KnownFact(
        "Apollo's writes the default of a scalar as a string where the subgraph wrote a name",
        ("apollo",),
        (*_SUPERGRAPH, *_API),
        re.compile(r'(: Kind = )"(\w+)"'),
        r"\1\2",
    ),
    KnownFact(
        "the Guild's drops what a field requires of its own key, which ours and Apollo's keep",
        ("guild",),
        _SUPERGRAPH,
        re.compile(r', requires:"id"'),
    ),
    KnownFact(
        "the Guild's does not say that a field on its way elsewhere is still used where it was",
        ("guild",),
        _SUPERGRAPH,
        re.compile(r'(overrideLabel:"[^"]+"), usedOverridden:true'),
        r"\1",
    ),
    KnownFact(
        "the Guild's calls a subgraph whose name begins with a digit otherwise",
        ("guild",),
        _SUPERGRAPH,
        re.compile(r"\b_1A_(?!\w)"),
        "_1A",
    ),
    KnownFact(
        "the Guild's composes each use of a directive that cannot be repeated; ours and Apollo's the first",
        ("guild",),
        _SUPERGRAPH,
        re.compile(rf"^\S+ @({_COMPOSED})\(.*$"),
        covers=lambda _fact, sdl: re.search(rf"directive @({_COMPOSED})\(.*\) repeatable", sdl) is None,
    ),
    KnownFact(
        "the Guild's says nothing of a shared root field's types in each subgraph",
        ("guild",),
        _SUPERGRAPH,
        re.compile(r'^Query\.\w+ @join__field\(graph:\w+(, type:"[^"]+")?\)$'),
    ),
    KnownFact(
        "composed directives are no part of the API; the Guild's leaves them there",
        ("guild",),
        _API,
        re.compile(rf"^.*@({_COMPOSED})\b.*$"),
    ),
    KnownFact(
        "the Guild's leaves a directive of operations out when its arguments differ, and keeps a default of one",
        ("guild",),
        (*_SUPERGRAPH, *_API),
        re.compile(r"^.*@trace\b.*$"),
    ),
)


def differing_facts(peer: str, schema: str, both: tuple[str, str], sdl: str) -> list[str]:
    """What one of two schemas of the subgraphs, ours and the peer's, says and the other does not.

    What is known is left out.
    """
    known = [item for item in KNOWN_FACTS if peer in item.peers and schema in item.schemas]
    ours, theirs = (supergraph_facts(each) for each in both)
    return sorted(_said(ours - theirs, known, sdl) ^ _said(theirs - ours, known, sdl))


def _said(facts: frozenset[str], known: list[KnownFact], sdl: str) -> frozenset[str]:
    found: set[str] = set()
    for fact in facts:
        said = fact
        for item in known:
            said = item.said_of(said, sdl)
        found.add(said)
    return frozenset(found - {""})
