"""Interfaces with keys, and the objects other subgraphs make of them."""

from random import Random

from tests.factories.subgraph_sets.draft import Draft, Member, SubgraphDraft, Use

_FIRST_MINOR = 3


def add_entity_interface(subgraphs: list[SubgraphDraft], rng: Random) -> None:
    """`Media` with its books and films in one subgraph, an interface object in another, a book in a third."""
    able = [draft for draft in subgraphs if draft.minor is not None and draft.minor >= _FIRST_MINOR]
    if not able:
        return
    home, *others = rng.sample(able, len(able))
    key = Use("key", 'fields: "id"')
    plain = {"id": Member("id", "ID!"), "name": Member("name", "String")}
    home.types["Media"] = Draft("interface", "Media", _fresh(plain), uses=[key])
    for name in ("Book", "Film"):
        home.types[name] = Draft("type", name, _fresh(plain), ["Media"], [key])
    home.types.setdefault("Query", Draft("type", "Query")).members["media"] = Member(
        "media", rng.choice(("Media", "[Media!]!"))
    )
    if others:
        stars = {"id": Member("id", "ID!"), "stars": Member("stars", "Int")}
        if rng.random() < 0.3:
            stars["name"] = Member("name", "String", uses=[Use("external")])
            stars["stars"].uses.append(Use("requires", 'fields: "name"'))
        others[0].types["Media"] = Draft("type", "Media", stars, uses=[Use("interfaceObject"), key])
        if rng.random() < 0.4:
            others[0].types.setdefault("Query", Draft("type", "Query")).members["rated"] = Member("rated", "[Media]")
    if len(others) > 1 and rng.random() < 0.6:
        pages = {"id": Member("id", "ID!"), "pages": Member("pages", "Int")}
        others[1].types["Book"] = Draft("type", "Book", pages, uses=[key])


def _fresh(members: dict[str, Member]) -> dict[str, Member]:
    return {name: Member(name, member.type) for name, member in members.items()}
