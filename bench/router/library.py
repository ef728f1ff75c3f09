"""The graph of the benchmark: a library in four subgraphs, its data, and the two operations that are measured."""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLSchema,
    build_ast_schema,
    concat_ast,
    execute_sync,  # pyright: ignore[reportUnknownVariableType] - its signature has bare generics
    parse,
)

Row: TypeAlias = dict[str, object]

MEMBERS, BOOKS, NOTES_PER_BOOK = 16, 30, 2
CITIES = ("Aarhus", "Bergen", "Cork", "Delft")

_LINK = """
extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@external", "@requires"])
"""
_SPECIFIED = """
scalar _Any
scalar FieldSet
directive @link(url: String!, import: [String!]) repeatable on SCHEMA
directive @key(fields: FieldSet!) repeatable on OBJECT
directive @external on FIELD_DEFINITION
directive @requires(fields: FieldSet!) on FIELD_DEFINITION
type Query { _entities(representations: [_Any!]!): [_Entity]! }
"""
SUBGRAPHS: Final[Mapping[str, str]] = {
    "members": """
type Query {
  members: [Member!]!
  member(id: ID!): Member
}
type Member @key(fields: "id") {
  id: ID!
  name: String!
  city: String!
  joined: Int!
}
""",
    "books": """
type Query { popularBooks: [Book!]! }
type Book @key(fields: "isbn") {
  isbn: ID!
  title: String!
  pages: Int!
  grams: Int
}
""",
    "shelves": """
type Book @key(fields: "isbn") {
  isbn: ID!
  grams: Int @external
  pages: Int! @external
  shelf: Shelf
  copies: Int!
  postage: Int @requires(fields: "grams pages")
}
type Shelf {
  floor: Int!
  room: String!
}
""",
    "notes": """
type Note @key(fields: "id") {
  id: ID!
  text: String!
  author: Member!
  book: Book!
}
type Member @key(fields: "id") {
  id: ID!
  notes: [Note!]!
}
type Book @key(fields: "isbn") {
  isbn: ID!
  notes: [Note!]!
}
""",
}

DEEP = """query LibraryPage {
  members {
    id
    name
    city
    notes { ...Noted }
  }
  popularBooks {
    ...Shelved
    notes {
      id
      text
      author { ...Known }
    }
  }
}
fragment Noted on Note {
  id
  text
  book {
    ...Shelved
    notes {
      id
      text
      author { ...Known }
    }
  }
}
fragment Shelved on Book {
  isbn
  title
  pages
  copies
  postage
  shelf {
    floor
    room
  }
}
fragment Known on Member {
  id
  name
  city
  notes {
    id
    book {
      isbn
      title
    }
  }
}
"""
SMALL = """query Member($id: ID!) {
  member(id: $id) {
    id
    name
    city
  }
}
"""
OPERATIONS: Final[Mapping[str, Mapping[str, object]]] = {
    "deep": {"query": DEEP, "operationName": "LibraryPage"},
    "small": {"query": SMALL, "operationName": "Member", "variables": {"id": "m3"}},
}


def subgraph_sdl(name: str) -> str:
    """A subgraph's SDL as it is composed."""
    return _LINK + SUBGRAPHS[name]


class SubgraphService:
    """Executes what a gateway asks of one subgraph, with graphql-core: slow, so whoever serves it keeps the answers."""

    def __init__(self, name: str) -> None:
        self._schema = _schema(name)
        self._root: Row = {**_roots(), "_entities": lambda _info, representations: list(map(_entity, representations))}

    def answer(self, query: str, variables: Mapping[str, object]) -> ExecutionResult:
        result = execute_sync(self._schema, parse(query), self._root, variable_values=dict(variables))
        if not isinstance(result, ExecutionResult):
            raise TypeError(query)
        return result


def _schema(name: str) -> GraphQLSchema:
    own = parse(subgraph_sdl(name))
    entities = [
        part.name.value for part in own.definitions if getattr(part, "directives", ()) and hasattr(part, "name")
    ]
    specified = f"{_SPECIFIED} union _Entity = {' | '.join(entities)}"
    if "type Query" in SUBGRAPHS[name]:
        specified = specified.replace("type Query", "extend type Query")
    return build_ast_schema(_merged(own, parse(specified)), assume_valid=True)


def _merged(own: DocumentNode, specified: DocumentNode) -> DocumentNode:
    return concat_ast([own, specified])


def _roots() -> Row:
    def member(_info: object, id: str) -> Row:  # noqa: A002 - the argument's name in the graph
        return _member(id)

    members: Callable[[object], list[Row]] = lambda _info: [_member(f"m{number}") for number in range(MEMBERS)]  # noqa: E731
    popular: Callable[[object], list[Row]] = lambda _info: [_book(f"b{number}") for number in range(0, BOOKS, 2)]  # noqa: E731
    return {"members": members, "member": member, "popularBooks": popular}


def _entity(representation: Row) -> Row:
    if representation["__typename"] == "Member":
        return _member(str(representation["id"]))
    if representation["__typename"] == "Note":
        return _note(int(str(representation["id"])[1:]))
    return {**_book(str(representation["isbn"])), "postage": lambda _info: _postage(representation)}


def _member(key: str) -> Row:
    number = int(key[1:])
    return {
        "__typename": "Member",
        "id": key,
        "name": f"Member Number {number}",
        "city": CITIES[number % len(CITIES)],
        "joined": 2000 + number,
        "notes": lambda _info: [_note(each) for each in range(BOOKS * NOTES_PER_BOOK) if _author(each) == number],
    }


def _book(key: str) -> Row:
    number = int(key[1:])
    return {
        "__typename": "Book",
        "isbn": key,
        "title": f"The Collected Works, Volume {number}",
        "pages": 100 + 7 * number,
        "grams": None if number % 6 == 5 else 300 + 11 * number,
        "copies": 1 + number % 5,
        "shelf": None if number % 9 == 8 else {"floor": number % 4, "room": f"room {number % 13}"},
        "notes": lambda _info: [_note(number * NOTES_PER_BOOK + each) for each in range(NOTES_PER_BOOK)],
    }


def _note(number: int) -> Row:
    return {
        "__typename": "Note",
        "id": f"n{number}",
        "text": f"Note {number}: read it twice, and would borrow it once more for the chapter on page {number * 3}.",
        "author": lambda _info: _member(f"m{_author(number)}"),
        "book": lambda _info: _book(f"b{number // NOTES_PER_BOOK}"),
    }


def _author(note: int) -> int:
    return note * 5 % MEMBERS


def _postage(representation: Row) -> int | None:
    grams = representation.get("grams")
    return grams // 100 if isinstance(grams, int) else None
