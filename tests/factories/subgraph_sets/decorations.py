"""Directives and descriptions that change nothing of who resolves what."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from tests.factories.subgraph_sets.draft import Draft, Member, SubgraphDraft, Use

_ACCESS = frozenset({"authenticated", "requiresScopes", "policy"})
_FROM_OTHERS = frozenset({"requires", "fromContext"})
_TEXTS = (
    "A text.",
    "Other words.",
    "Several lines,\n    some of them indented.\n\nAnd a paragraph.",
    r"One with a back\\slash and \"quotes\".",
)
_DEMANDS = ('[["a"]]', '[["a", "b"]]', '[["a"], ["b"]]', '[["c", "a"], ["b"]]')


def decorate(subgraphs: list[SubgraphDraft], rng: Random) -> None:
    """Scatter tags, access, costs, deprecations and descriptions where they leave the graph as sound as it was."""
    brush = _Brush(rng, rng.choice((0.0, 0.03, 0.06, 0.12)), frozenset(_needed(subgraphs)))
    _decorate(subgraphs, brush)


def decorate_carelessly(subgraphs: list[SubgraphDraft], rng: Random) -> bool:
    """The same wherever it may be written."""
    _decorate(subgraphs, _Brush(rng, 0.06, None))
    return True


@dataclass(frozen=True, slots=True)
class _Brush:
    """How often something is decorated, and the names computed fields depend on; None when nothing is spared."""

    rng: Random
    density: float
    needed: frozenset[str] | None

    def text(self) -> str:
        return self.rng.choice(_TEXTS) if self.rng.random() < self.density else ""

    def uses(self, place: str) -> list[Use]:
        return [use for use in _candidates(place, self.rng) if self.rng.random() < self.density]


def _decorate(subgraphs: list[SubgraphDraft], brush: _Brush) -> None:
    for subgraph in subgraphs:
        for type_ in subgraph.types.values():
            type_.description = brush.text()
            needed = brush.needed
            uses = brush.uses(type_.keyword)
            type_.uses.extend(use for use in uses if needed is None or _is_harmless(use, type_, needed))
            for member in type_.members.values() if type_.keyword != "union" else ():
                _decorate_member(type_, member, brush)


def _decorate_member(type_: Draft, member: Member, brush: _Brush) -> None:
    needed = brush.needed
    member.description = brush.text()
    uses = brush.uses(_place(type_))
    member.uses.extend(use for use in uses if needed is None or _is_harmless_on(use, type_, member, needed))
    for argument in member.arguments.values():
        argument.description = brush.text()
        is_hideable = not argument.type.endswith("!") and not argument.has("fromContext")
        uses = brush.uses("argument")
        argument.uses.extend(use for use in uses if use.name != "inaccessible" or is_hideable or needed is None)
    if _place(type_) == "field" and member.type.startswith("[") and not member.has("listSize"):
        _limit(member, brush)


def _limit(member: Member, brush: _Brush) -> None:
    if brush.rng.random() < 2 * brush.density and not (member.has("external") and brush.needed is not None):
        slicing = ', slicingArguments: ["first"]' if "first" in member.arguments else ""
        member.uses.append(Use("listSize", f"assumedSize: {brush.rng.choice((5, 10))}{slicing}"))


def _place(type_: Draft) -> str:
    return {"enum": "value", "input": "input field", "interface": "interface field"}.get(type_.keyword, "field")


def _is_harmless(use: Use, type_: Draft, needed: frozenset[str]) -> bool:
    if use.name == "inaccessible":
        return False
    if use.name in _ACCESS:
        return not type_.has("interfaceObject") and not needed
    return use.name != "cost" or not type_.has("interfaceObject")


def _is_harmless_on(use: Use, type_: Draft, member: Member, needed: frozenset[str]) -> bool:
    if member.has("external") or member.has(use.name):
        return False
    if use.name == "inaccessible":
        is_plain = bool(re.fullmatch(r"f\d", member.name)) and type_.has("key")
        return (is_plain and member.name not in needed) or (type_.name, member.name) in _HIDEABLE
    if use.name in _ACCESS:
        return member.name not in needed and not type_.has("interfaceObject") and not member.has("requires")
    return use.name != "cost" or not type_.has("interfaceObject")


# No default names them, and there are others beside them.
_HIDEABLE = frozenset({("Kind", "THREE"), ("Mood", "SAD"), ("Unit", "STONE"), ("Filter", "text")})


def _needed(subgraphs: list[SubgraphDraft]) -> Iterator[str]:
    """Every name in what fields are computed from."""
    for subgraph in subgraphs:
        for type_ in subgraph.types.values():
            for member in type_.members.values():
                for use in (*member.uses, *(use for item in member.arguments.values() for use in item.uses)):
                    if use.name in _FROM_OTHERS:
                        yield from re.findall(r"\w+", use.arguments)


def _candidates(place: str, rng: Random) -> Iterator[Use]:
    yield Use("tag", f'name: "{rng.choice(("public", "internal"))}"')
    if rng.random() < 0.2:
        yield Use("inaccessible")
    if place in ("field", "type", "scalar", "enum"):
        yield Use("authenticated")
        yield Use("requiresScopes", f"scopes: {rng.choice(_DEMANDS)}")
        yield Use("policy", f"policies: {rng.choice(_DEMANDS)}")
    if place in ("field", "type", "scalar", "enum", "argument", "input field"):
        yield Use("cost", f"weight: {rng.choice((2, 5))}")
    if place in ("field", "interface field", "value"):
        yield Use("deprecated", rng.choice(("", 'reason: "old"', 'reason: "older"')))
