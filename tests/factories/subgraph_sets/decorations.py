"""Directives and descriptions that change nothing of who resolves what."""

from collections.abc import Iterator
from random import Random

from tests.factories.subgraph_sets.draft import Draft, Member, SubgraphDraft, Use


def decorate(subgraphs: list[SubgraphDraft], rng: Random) -> None:
    """Scatter tags, access, costs, deprecations and descriptions, more in some graphs than in others."""
    density = rng.choice((0.0, 0.02, 0.06))
    for subgraph in subgraphs:
        for type_ in subgraph.types.values():
            _decorate_type(type_, density, rng)
            for member in type_.members.values():
                if type_.keyword != "union":
                    _decorate_member(type_, member, density, rng)


def _decorate_type(type_: Draft, density: float, rng: Random) -> None:
    if rng.random() < density:
        type_.description = rng.choice(("A type.", "Another text."))
    type_.uses.extend(use for use in _candidates(type_.keyword, rng) if rng.random() < density)


def _decorate_member(type_: Draft, member: Member, density: float, rng: Random) -> None:
    if rng.random() < density:
        member.description = rng.choice(("A member.", "Other words."))
    place = {"enum": "value", "input": "input field"}.get(type_.keyword, "field")
    if place == "field" and type_.keyword == "interface":
        place = "interface field"
    if not member.has("external") or rng.random() < 0.1:
        member.uses.extend(use for use in _candidates(place, rng) if rng.random() < density)
    for argument in member.arguments.values():
        argument.uses.extend(use for use in _candidates("argument", rng) if rng.random() < density)
    if place == "field" and member.type.startswith("[") and rng.random() < 2 * density:
        slicing = ', slicingArguments: ["first"]' if "first" in member.arguments else ""
        member.uses.append(Use("listSize", f"assumedSize: {rng.choice((5, 10))}{slicing}"))


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


_DEMANDS = ('[["a"]]', '[["a", "b"]]', '[["a"], ["b"]]', '[["c", "a"], ["b"]]')
