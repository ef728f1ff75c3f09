"""As much of Elasticsearch's HTTP API as the search adapter speaks, with its versions, routing and sort order."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

Document = dict[str, Any]


class FakeElasticsearch:
    """One index in memory. `failing` makes every request answer that status."""

    def __init__(self) -> None:
        self.definition: Document | None = None
        self.documents: dict[tuple[str, str], tuple[int, Document]] = {}
        self.requests: list[tuple[str, str]] = []
        self.failing: int | None = None
        self.url = ""

    async def define(self, request: web.Request) -> web.Response:
        if self.definition is not None:
            return self._answer(request, {"error": {"type": "resource_already_exists_exception"}}, 400)
        self.definition = await request.json()
        return self._answer(request, {"acknowledged": True})

    async def bulk(self, request: web.Request) -> web.Response:
        assert request.content_type == "application/x-ndjson"
        body = (await request.text()).splitlines()
        items = [
            {"index": {"status": self._store(json.loads(action)["index"], json.loads(source))}}
            for action, source in zip(body[::2], body[1::2], strict=True)
        ]
        return self._answer(request, {"errors": False, "items": items})

    async def search(self, request: web.Request) -> web.Response:
        wanted = await request.json()
        hits = [{"sort": sort} for sort in self._ranked(request, wanted)]
        return self._answer(request, {"hits": {"hits": hits[: wanted["size"]]}}, 200 if self.definition else 404)

    async def count(self, request: web.Request) -> web.Response:
        found = self._found(request, (await request.json())["query"])
        return self._answer(request, {"count": len(found)}, 200 if self.definition else 404)

    def _answer(self, request: web.Request, body: Document, status: int = 200) -> web.Response:
        self.requests.append((request.method, request.path_qs))
        return web.json_response(body, status=self.failing or status)

    def _store(self, action: Document, source: Document) -> int:
        assert action["version_type"] == "external_gte"
        assert self.definition is not None
        assert set(source) <= set(self.definition["mappings"]["properties"])
        key = (action["routing"], action["_id"])
        if key in self.documents and self.documents[key][0] > action["version"]:
            return 409
        self.documents[key] = (action["version"], source)
        return 201

    def _ranked(self, request: web.Request, wanted: Document) -> list[list[Any]]:
        backward = wanted["sort"][0] == {"_score": "asc"}
        sign = -1 if backward else 1
        key = lambda sort: (-sign * sort[0], sign * int(sort[1].replace("-", ""), 16))  # noqa: E731
        ranked = sorted(self._found(request, wanted["query"]), key=key)
        after = wanted.get("search_after")
        return [sort for sort in ranked if after is None or key(sort) > key(after)]

    def _found(self, request: web.Request, query: Document) -> list[list[Any]]:
        conditions = [next(iter(item["term"].items())) for item in query["bool"]["filter"]]
        words = [item["bool"]["should"][0]["multi_match"]["query"] for item in query["bool"]["must"]]
        found: list[list[Any]] = []
        for (routing, _), (_, source) in self.documents.items():
            is_mine = routing == request.query["routing"]
            if (
                is_mine
                and all(source.get(name) == value for name, value in conditions)
                and all(_score(source, word) for word in words)
            ):
                found.append([sum(_score(source, word) for word in words), source["product_id"]])
        return found


def _score(source: Document, word: str) -> float:
    weights = {"title": 4.0, "attributes": 2.0, "description": 1.0}
    texts = {name: source.get(name, "").split() for name in weights}
    return sum(weight for name, weight in weights.items() if any(text.startswith(word) for text in texts[name]))


@asynccontextmanager
async def running_elasticsearch() -> AsyncGenerator[FakeElasticsearch]:
    fake = FakeElasticsearch()
    app = web.Application()
    app.add_routes(
        [
            web.put("/retailflow-products", fake.define),
            web.post("/retailflow-products/_bulk", fake.bulk),
            web.post("/retailflow-products/_search", fake.search),
            web.post("/retailflow-products/_count", fake.count),
        ]
    )
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    fake.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield fake
    finally:
        await runner.cleanup()
