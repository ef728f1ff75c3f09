"""Four subgraphs over one small world with interfaces, unions, shared values, requirements and an interface object."""

from functools import lru_cache
from typing import Any

from tests.factories.federation import FederatedGraph, World

SDLS = {
    "catalog": """
      interface Item @key(fields: "id") { id: ID! title: String seller: Party }
      type Book implements Item @key(fields: "id") @key(fields: "slug") {
        id: ID! slug: String! title: String seller: Party pages: Int size: Size @shareable maker: Company
      }
      type Film implements Item @key(fields: "id") {
        id: ID! title: String seller: Party minutes: Int! size: Size @shareable star: Person
      }
      type Size @shareable { w: Int h: Int }
      type Box @shareable { w: Int h: Int }
      interface Party { id: ID! }
      type Person implements Party @key(fields: "id") { id: ID! name: String @external }
      type Company implements Party @key(fields: "id code") { id: ID! code: String! }
      union Anything = Book | Film | Person | Company
      type Query {
        items: [Item!]! book: Book first(count: Int!): [Item!]! anything: [Anything]
        people: [Person!]! @provides(fields: "name") box: Box @shareable
      }
    """,
    "stock": """
      type Book @key(fields: "slug") {
        slug: String! size: Size @external pages: Int @external
        weight: Int @requires(fields: "pages size { w }") stock: Int places: [Place!]
      }
      type Size @shareable { w: Int }
      type Box @shareable { w: Int d: Int }
      type Place @key(fields: "id") { id: ID! keeper: Person books: [Book!]! }
      type Person @key(fields: "id") { id: ID! }
      type Query { places: [Place!]! box: Box @shareable }
    """,
    "people": """
      interface Party { id: ID! label: String }
      type Person implements Party @key(fields: "id") {
        id: ID! label: String name: String @shareable friends: [Person!]! favourite: Item boss: Person
      }
      type Company implements Party @key(fields: "code id") { id: ID! code: String! label: String chief: Person }
      interface Item @key(fields: "id") { id: ID! }
      type Book implements Item @key(fields: "id") { id: ID! }
      type Film implements Item @key(fields: "id") { id: ID! }
      type Query { person: Person parties: [Party!]! }
    """,
    "ratings": """
      type Item @interfaceObject @key(fields: "id") { id: ID! rating: Int reviews: [Review!]! }
      type Review @key(fields: "id") { id: ID! body: String about: Item by: Person }
      type Person @key(fields: "id") { id: ID! reviews: [Review!] }
      type Query { best: Item reviews: [Review!]! }
    """,
}


def library() -> World:
    def entity(kind: str, **values: Any) -> dict[str, Any]:
        return {"__typename": kind, **values}

    ann = entity("Person", id="1", name="Ann", label="A", friends=[])
    bob = entity("Person", id="2", name=None, label=None, friends=[ann])
    ann["friends"].extend([bob, ann])
    acme = entity("Company", id="1", code="x", label="Acme", chief=bob)
    zeta = entity("Company", id="1", code="y", label="Zeta", chief=None)
    emma = entity("Book", id="1", slug="emma", title="Emma", pages=300, seller=ann, maker=acme, stock=3, rating=5)
    dune = entity("Book", id="2", slug="dune", title=None, pages=None, seller=acme, maker=None, stock=0, rating=None)
    alien = entity("Film", id="3", title="Alien", minutes=117, seller=zeta, star=bob, rating=4)
    for size, item in enumerate([emma, dune, alien], start=1):
        item["size"] = {"w": size, "h": 2 * size, "d": 3 * size}
    dune["size"] = None
    ann.update(favourite=alien, boss=bob)
    bob.update(favourite=emma, boss=None)
    place = entity("Place", id="9", keeper=ann, books=[emma, dune, emma])
    emma["places"] = [place, place]
    dune["places"] = None
    reviews = [
        entity("Review", id="1", body="good", about=emma, by=ann),
        entity("Review", id="2", body=None, about=alien, by=None),
    ]
    for thing in [emma, dune, alien]:
        thing["reviews"] = [review for review in reviews if review["about"] is thing]
    for person in [ann, bob]:
        person["reviews"] = [review for review in reviews if review["by"] is person] or None
    items = [emma, dune, alien]
    roots = {
        "items": items,
        "book": emma,
        "anything": [emma, None, alien, ann, acme, zeta],
        "people": [ann, bob],
        "places": [place],
        "person": bob,
        "parties": [ann, acme, zeta],
        "best": alien,
        "reviews": reviews,
        "box": emma["size"],
    }
    return World(
        entities={
            "Person": [ann, bob],
            "Company": [acme, zeta],
            "Book": [emma, dune],
            "Film": [alien],
            "Place": [place],
            "Review": reviews,
        },
        computed={
            **{f"Query.{name}": (lambda _, value=value: value) for name, value in roots.items()},
            "Query.first": lambda _, count: items[:count],
            "Book.weight": lambda book: (book["pages"] or 1) + ((book["size"] or {}).get("w") or 7),
        },
        implementers={"Item": ["Book", "Film"]},
    )


@lru_cache(maxsize=2)
def library_graph(*broken: str) -> FederatedGraph:
    """The router over the library, without limits on operations; the `broken` fields (`Type.field`) raise."""
    world = library()
    world.computed = {**world.computed, **dict.fromkeys(broken, _fail)}
    unlimited = ("directives", "aliases", "fragments", "same_key", "root_fields", "fields", "tokens", "depth")
    return FederatedGraph(world, SDLS, **{f"max_{name}": 50_000 for name in unlimited})


def _fail(*_: Any, **__: Any) -> Any:
    raise LookupError("out of order")
