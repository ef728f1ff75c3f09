"""The limit: an endpoint that makes the same fetches for the two operations and merges their answers by hand.

usage: python -m bench.router.by_hand PORT MEMBERS_URL BOOKS_URL SHELVES_URL NOTES_URL
It knows both operations, checks nothing and completes nothing: what a router adds is what it costs.
"""

import asyncio
import sys
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

import aiohttp
import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kernel.process import tune_garbage_collection
from router.app import YOUNG_OBJECTS

Row: TypeAlias = dict[str, Any]

MEMBERS = "{members{id name city}}"
POPULAR = "{popularBooks{isbn title pages grams}}"
MEMBER = "query($id:ID!){member(id:$id){id name city}}"
BOOKS = "query($r:[_Any!]!){_entities(representations:$r){...on Book{title pages grams}}}"
AUTHORS = "query($r:[_Any!]!){_entities(representations:$r){...on Member{name city}}}"
SHELVES = "query($r:[_Any!]!){_entities(representations:$r){...on Book{copies postage shelf{floor room}}}}"
_KNOWN = "id text author{id notes{id book{isbn}}}"
NOTES = f"""query($m:[_Any!]!$b:[_Any!]!){{
m:_entities(representations:$m){{...on Member{{notes{{id text book{{isbn notes{{{_KNOWN}}}}}}}}}}}
b:_entities(representations:$b){{...on Book{{notes{{{_KNOWN}}}}}}}}}"""
SHELVED = ("isbn", "title", "pages", "copies", "postage", "shelf")


class Page:
    """The deep operation."""

    def __init__(self, session: aiohttp.ClientSession, urls: Mapping[str, str]) -> None:
        self._session = session
        self._urls = urls

    async def answer(self) -> Row:
        members, popular = await asyncio.gather(self._ask("members", MEMBERS), self._popular())
        people: list[Row] = members["members"]
        noted = await self._ask("notes", NOTES, m=_members(row["id"] for row in people), b=_books(popular))
        notes = [note for found in noted["m"] for note in found["notes"]]
        books = {note["book"]["isbn"]: note["book"] for note in notes}
        inner = [note for book in books.values() for note in book["notes"]]
        inner += [note for found in noted["b"] for note in found["notes"]]
        authors = {note["author"]["id"]: note["author"] for note in inner}
        wanted = dict.fromkeys(books)
        wanted.update((note["book"]["isbn"], None) for author in authors.values() for note in author["notes"])
        shelved, named = await asyncio.gather(self._shelved(wanted, {**popular, **books}), self._named(authors))
        for author in named.values():
            author["notes"] = [{"id": note["id"], "book": _titled(note["book"], shelved)} for note in author["notes"]]
        for person, found in zip(people, noted["m"], strict=True):
            person["notes"] = [_noted(note, shelved, named) for note in found["notes"]]
        pages = [
            {**_only_shelved(shelved[isbn]), "notes": [_written(note, named) for note in found["notes"]]}
            for isbn, found in zip(popular, noted["b"], strict=True)
        ]
        return {"data": {"members": people, "popularBooks": pages}}

    async def member(self, key: object) -> Row:
        return {"data": await self._ask("members", MEMBER, id=key)}

    async def _popular(self) -> dict[str, Row]:
        return {book["isbn"]: book for book in (await self._ask("books", POPULAR))["popularBooks"]}

    async def _shelved(self, wanted: Iterable[str], shelved: Mapping[str, Row]) -> dict[str, Row]:
        representations = _books(wanted)
        found = (await self._ask("books", BOOKS, r=representations))["_entities"]
        books = {
            each["isbn"]: {"isbn": each["isbn"], **book} for each, book in zip(representations, found, strict=True)
        }
        asked = {isbn: book if "grams" in book else books[isbn] for isbn, book in shelved.items()}
        return {**books, **await self._with_shelves(asked)}

    async def _with_shelves(self, books: dict[str, Row]) -> dict[str, Row]:
        asked = [
            {"__typename": "Book", "isbn": isbn, "grams": book["grams"], "pages": book["pages"]}
            for isbn, book in books.items()
        ]
        found = (await self._ask("shelves", SHELVES, r=asked))["_entities"]
        return {isbn: {**book, **shelf} for (isbn, book), shelf in zip(books.items(), found, strict=True)}

    async def _named(self, authors: dict[str, Row]) -> dict[str, Row]:
        found = (await self._ask("members", AUTHORS, r=_members(authors)))["_entities"]
        return {
            key: {"id": key, **name, "notes": author["notes"]}
            for (key, author), name in zip(authors.items(), found, strict=True)
        }

    async def _ask(self, subgraph: str, query: str, **variables: object) -> Row:
        body = orjson.dumps({"query": query, "variables": variables})
        async with self._session.post(
            self._urls[subgraph], data=body, headers={"content-type": "application/json"}
        ) as answer:
            return orjson.loads(await answer.read())["data"]


def _members(keys: Iterable[str]) -> list[Row]:
    return [{"__typename": "Member", "id": key} for key in keys]


def _books(keys: Iterable[str]) -> list[Row]:
    return [{"__typename": "Book", "isbn": key} for key in keys]


def _only_shelved(book: Row) -> Row:
    return {key: book[key] for key in SHELVED}


def _titled(book: Row, shelved: Mapping[str, Row]) -> Row:
    return {"isbn": book["isbn"], "title": shelved[book["isbn"]]["title"]}


def _written(note: Row, named: Mapping[str, Row]) -> Row:
    return {"id": note["id"], "text": note["text"], "author": named[note["author"]["id"]]}


def _noted(note: Row, shelved: Mapping[str, Row], named: Mapping[str, Row]) -> Row:
    book = note["book"]
    shown = {**_only_shelved(shelved[book["isbn"]]), "notes": [_written(each, named) for each in book["notes"]]}
    return {"id": note["id"], "text": note["text"], "book": shown}


def app(urls: Mapping[str, str]) -> Starlette:
    pages: list[Page] = []

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncGenerator[None]:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
            pages.append(Page(session, urls))
            tune_garbage_collection(young_objects=YOUNG_OBJECTS)
            yield

    async def answer(request: Request) -> Response:
        asked = orjson.loads(await request.body())
        if asked["operationName"] == "LibraryPage":
            body = await pages[0].answer()
        else:
            body = await pages[0].member(asked["variables"]["id"])
        return Response(orjson.dumps(body), media_type="application/json")

    return Starlette(routes=[Route("/graphql", answer, methods=["POST"])], lifespan=lifespan)


def main() -> None:
    port, *urls = sys.argv[1:]
    served = app(dict(zip(("members", "books", "shelves", "notes"), urls, strict=True)))
    uvicorn.run(served, port=int(port), loop="uvloop", http="httptools", log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
