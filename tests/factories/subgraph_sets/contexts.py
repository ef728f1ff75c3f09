"""Fields that are told something by an object above them."""

from random import Random

from tests.factories.subgraph_sets.draft import Draft, Member, SubgraphDraft, Use

_FIRST_MINOR = 8


def add_context(subgraphs: list[SubgraphDraft], rng: Random) -> None:
    """Shops whose currency their wares' prices are in, in one subgraph; another knows more of both."""
    able = [draft for draft in subgraphs if draft.minor is not None and draft.minor >= _FIRST_MINOR]
    if not able:
        return
    home = rng.choice(able)
    others = [draft for draft in subgraphs if draft is not home]
    selection = rng.choice(("{ currency }", "{ owner { currency } }", "... on Shop { currency }"))
    shop = {
        "id": Member("id", "ID!"),
        "currency": Member("currency", "String"),
        "owner": Member("owner", "Owner"),
        "wares": Member("wares", "[Ware!]"),
    }
    price = {
        "currency": Member("currency", "String", uses=[Use("fromContext", f'field: "$shop {selection}"')]),
        "rounded": Member("rounded", "Boolean", default="true"),
    }
    if rng.random() < 0.4:
        price.pop("rounded")
    key = Use("key", 'fields: "id"')
    home.types["Shop"] = Draft("type", "Shop", shop, uses=[key, Use("context", 'name: "shop"')])
    home.types["Owner"] = Draft("type", "Owner", {"currency": Member("currency", "String")})
    home.types["Ware"] = Draft(
        "type", "Ware", {"id": Member("id", "ID!"), "price": Member("price", "Int", price)}, uses=[key]
    )
    home.types.setdefault("Query", Draft("type", "Query")).members["shops"] = Member("shops", "[Shop]")
    for name in ("Shop", "Ware"):
        if others and rng.random() < 0.5:
            members = {"id": Member("id", "ID!"), f"more{name}": Member(f"more{name}", "Int")}
            rng.choice(others).types[name] = Draft("type", name, members, uses=[key])
