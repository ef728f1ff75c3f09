"""The value types, inputs, enums and interfaces that subgraphs have in common."""

from random import Random

from tests.factories.subgraph_sets.draft import Draft, Member, Use

# What a subgraph may leave out: enums are used in one direction only, input fields are named by no default.
OPTIONAL_MEMBERS = {
    "Mood": ("CALM", "MERRY"),
    "Unit": ("GRAM", "OUNCE"),
    "Filter": ("text", "kind"),
    "Thing": ("Money", "Place"),
}


def draw_shared_types(rng: Random) -> dict[str, Draft]:
    """Each as a whole; what a subgraph declares is a copy of it."""
    types = (*_leaves(rng), *_inputs(rng), *_values(rng), *_badges(rng))
    return {type_.name: type_ for type_ in types}


def _leaves(rng: Random) -> tuple[Draft, ...]:
    date = Draft("scalar", "Date", uses=[Use("specifiedBy", 'url: "https://example.org/date"')] * (rng.random() < 0.3))
    return (
        Draft("enum", "Kind", {name: Member(name) for name in ("ONE", "TWO", "THREE")}),
        Draft("enum", "Mood", {name: Member(name) for name in ("CALM", "MERRY", "SAD")}),
        Draft("enum", "Unit", {name: Member(name) for name in ("GRAM", "OUNCE", "STONE")}),
        date,
    )


def _inputs(rng: Random) -> tuple[Draft, ...]:
    filters = (
        Member("text", "String", default=rng.choice(("", "", '"none"', r'"say \"no\""', '"""\n  block\n"""'))),
        Member("limit", rng.choice(("Int", "Int", "Int!"))),
        Member("kind", "Kind", default=rng.choice(("", "", "ONE"))),
        Member("words", "[String!]", default=rng.choice(("", '["a", "b"]', "[]"))),
        Member("range", "Range", default=rng.choice(("", "{ min: 1, steps: [3] }", "null"))),
    )
    ranges = (
        Member("min", "Int", default=rng.choice(("", "0"))),
        Member("max", "Float", default=rng.choice(("", "1", "1.5", "2e3"))),
        Member("steps", "[Int!]", default=rng.choice(("", "[1, 2]", "1"))),
    )
    return tuple(
        Draft("input", name, {member.name: member for member in members})
        for name, members in (("Filter", filters), ("Range", ranges))
    )


def _values(rng: Random) -> tuple[Draft, ...]:
    money = {"amount": Member("amount", "Int!"), "currency": Member("currency", "String")}
    place = {"title": _shared("title", "String"), "since": _shared("since", "Date")}
    return (
        Draft("type", "Money", money, uses=[Use("shareable")]),
        Draft("type", "Place", place, ["Titled"] * (rng.random() < 0.5)),
        Draft("interface", "Titled", {"title": Member("title", "String")}),
        Draft("union", "Thing", {"Money": Member("Money"), "Place": Member("Place")}),
    )


def _badges(rng: Random) -> tuple[Draft, ...]:
    """An interface that implements another, and what implements both."""
    level = rng.choice(("Int", "Int!"))
    badge = {"name": Member("name", "String"), "level": Member("level", "Int")}
    medal = {"name": _shared("name", rng.choice(("String", "String!"))), "level": _shared("level", level)}
    ribbon = {**medal, "colour": _shared("colour", "Mood")}
    return (
        Draft("interface", "Named", {"name": Member("name", "String")}),
        Draft("interface", "Badge", badge, ["Named"]),
        Draft("type", "Medal", medal, ["Named", "Badge"]),
        Draft("type", "Ribbon", ribbon, ["Badge", "Named"]),
    )


def _shared(name: str, type_: str) -> Member:
    return Member(name, type_, uses=[Use("shareable")])
