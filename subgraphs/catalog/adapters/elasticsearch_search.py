"""Product search by Elasticsearch over its HTTP API: one index, routed and filtered by tenant on our side."""

import asyncio
import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Final, cast
from uuid import UUID

import aiohttp
import orjson

from kernel.database import PageArguments, Reader, Transaction
from kernel.errors import BadUserInput, Unavailable
from kernel.subgraph import JsonObject, JsonValue
from kernel.telemetry import get_logger
from subgraphs.catalog.model.wording import words_of
from subgraphs.catalog.ports import SearchDocument, SearchHits, SearchRemoval

log = get_logger(__name__)
_TIMEOUT: Final = aiohttp.ClientTimeout(total=5)
_INDEX: Final = "retailflow-products"
_OLDER_VERSION: Final = 409
_NOT_FOUND: Final = 404
_ALREADY_THERE: Final = 400
_PREFIX_FIELDS: Final[list[JsonValue]] = ["title^4", "attributes^2", "description"]
_STEM_FIELDS: Final[list[JsonValue]] = ["title.english^4", "attributes.english^2", "description.english"]
_TEXT: Final[JsonObject] = {
    "type": "text",
    "analyzer": "simple_words",
    "fields": {"english": {"type": "text", "analyzer": "english"}},
}
_DEFINITION: Final[JsonObject] = {
    "settings": {
        "analysis": {"analyzer": {"simple_words": {"tokenizer": "standard", "filter": ["lowercase", "asciifolding"]}}}
    },
    "mappings": {
        "dynamic": "strict",
        "_routing": {"required": True},
        "properties": {
            "tenant_id": {"type": "keyword"},
            "product_id": {"type": "keyword"},
            "is_searchable": {"type": "boolean"},
            "title": _TEXT,
            "attributes": _TEXT,
            "description": _TEXT,
        },
    },
}


class ElasticsearchSearch:
    """`SearchIndex` on an Elasticsearch server at `url` (credentials, if any, inside the URL)."""

    def __init__(self, url: str) -> None:
        self._url = f"{url.rstrip('/')}/{_INDEX}"
        self._session: aiohttp.ClientSession | None = None
        self._definition_lock = asyncio.Lock()
        self._is_defined = False

    async def index(self, tx: Transaction, documents: Sequence[SearchDocument]) -> None:
        """One bulk request; the product's version makes it safe to repeat and to come out of order."""
        sources = {(document.product_id, document.version): _source(document) for document in documents}
        await self._write(tx.tenant_id, sources)

    async def remove(self, tx: Transaction, removals: Sequence[SearchRemoval]) -> None:
        """The document stays, unfindable: a real deletion would forget the version after a minute."""
        await self._write(
            tx.tenant_id, {(removal.product_id, removal.version): {"is_searchable": False} for removal in removals}
        )

    async def search(self, reader: Reader, words: Sequence[str], page: PageArguments) -> SearchHits:
        """One request."""
        body: JsonObject = {
            "query": _query(reader.tenant_id, words),
            "sort": _order(page),
            "size": page.size + 1,
            "_source": False,
            "fields": ["product_id"],
            "track_total_hits": False,
        }
        if page.cursor is not None:
            body["search_after"] = _decode(page.cursor)
        answer = await self._ask("_search", reader.tenant_id, body)
        return _hits(_found(answer), page)

    async def count(self, reader: Reader, words: Sequence[str]) -> int:
        """One request."""
        answer = await self._ask("_count", reader.tenant_id, {"query": _query(reader.tenant_id, words)})
        return int(cast("int", answer.get("count", 0)))

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _write(self, tenant_id: UUID, sources: Mapping[tuple[UUID, int], JsonObject]) -> None:
        if not sources:
            return
        await self._define()
        lines: list[bytes] = []
        for (product_id, version), source in sources.items():
            document_id = f"{tenant_id}:{product_id}"
            action = {"_id": document_id, "routing": str(tenant_id), "version": version, "version_type": "external_gte"}
            lines.append(orjson.dumps({"index": action}))
            lines.append(orjson.dumps({**source, "tenant_id": str(tenant_id), "product_id": str(product_id)}))
        status, answer = await self._send("POST", "/_bulk", b"\n".join([*lines, b""]), kind="application/x-ndjson")
        failed = [item for item in _bulk_statuses(answer) if item >= _ALREADY_THERE and item != _OLDER_VERSION]
        if status >= _ALREADY_THERE or failed:
            log.error("search_index_refused_documents", status=status, failed=failed[:10])
            raise Unavailable("the search engine did not take the documents")

    async def _define(self) -> None:
        """Create the index before the first document, lest the engine guess its fields."""
        async with self._definition_lock:
            if self._is_defined:
                return
            status, answer = await self._send("PUT", "", orjson.dumps(_DEFINITION))
            is_there = status == _ALREADY_THERE and b"resource_already_exists" in orjson.dumps(answer)
            if status >= _ALREADY_THERE and not is_there:
                raise Unavailable("the search engine did not create the index")
            self._is_defined = True

    async def _ask(self, endpoint: str, tenant_id: UUID, body: JsonObject) -> JsonObject:
        status, answer = await self._send("POST", f"/{endpoint}?routing={tenant_id}", orjson.dumps(body))
        if status == _NOT_FOUND:
            # nothing was ever indexed
            return {}
        if status >= _ALREADY_THERE:
            log.error("search_failed", status=status)
            raise Unavailable("the search engine did not answer the query")
        return answer

    async def _send(
        self, method: str, path: str, body: bytes, *, kind: str = "application/json"
    ) -> tuple[int, JsonObject]:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=_TIMEOUT)
        headers = {"content-type": kind}
        try:
            async with self._session.request(method, f"{self._url}{path}", data=body, headers=headers) as response:
                answer: object = orjson.loads(await response.read() or b"{}")
                return response.status, cast("JsonObject", answer) if isinstance(answer, dict) else {}
        except (aiohttp.ClientError, TimeoutError, orjson.JSONDecodeError) as error:
            raise Unavailable("the search engine does not answer") from error


def _source(document: SearchDocument) -> JsonObject:
    return {
        "is_searchable": True,
        "title": " ".join(words_of(" ".join((document.name, *document.skus, *document.barcodes)))),
        "attributes": " ".join(words_of(" ".join((document.category, *document.options)))),
        "description": " ".join(words_of(document.description)),
    }


def _query(tenant_id: UUID, words: Sequence[str]) -> JsonObject:
    mine: list[JsonValue] = [{"term": {"tenant_id": str(tenant_id)}}, {"term": {"is_searchable": True}}]
    return {"bool": {"filter": mine, "must": [_word(word) for word in words]}}


def _word(word: str) -> JsonValue:
    beginning: JsonObject = {"multi_match": {"query": word, "type": "bool_prefix", "fields": _PREFIX_FIELDS}}
    # a stop word has no stem: it must not narrow the search
    stem: JsonObject = {"multi_match": {"query": word, "fields": _STEM_FIELDS, "zero_terms_query": "all"}}
    return {"bool": {"should": [beginning, stem], "minimum_should_match": 1}}


def _order(page: PageArguments) -> list[JsonValue]:
    by_score, by_id = ("asc", "desc") if page.is_backward else ("desc", "asc")
    return [{"_score": by_score}, {"product_id": by_id}]


def _found(answer: JsonObject) -> list[list[JsonValue]]:
    """The sort values of each hit: score, product id."""
    outer = answer.get("hits")
    inner = outer.get("hits") if isinstance(outer, dict) else None
    hits = inner if isinstance(inner, list) else []
    return [sort for hit in hits if isinstance(hit, dict) and isinstance(sort := hit.get("sort"), list)]


def _hits(found: list[list[JsonValue]], page: PageArguments) -> SearchHits:
    has_more = len(found) > page.size
    shown = found[: page.size]
    if page.is_backward:
        shown.reverse()
    return SearchHits(
        product_ids=[UUID(str(sort[1])) for sort in shown],
        cursors=[base64.urlsafe_b64encode(orjson.dumps(sort)).rstrip(b"=").decode() for sort in shown],
        has_next=page.cursor is not None if page.is_backward else has_more,
        has_previous=has_more if page.is_backward else page.cursor is not None,
    )


def _decode(cursor: str) -> list[JsonValue]:
    try:
        score, product_id = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return [float(score), str(UUID(product_id))]
    except (ValueError, TypeError, AttributeError, binascii.Error):
        raise BadUserInput("is not a cursor of this list", field=("after",)) from None


def _bulk_statuses(answer: JsonObject) -> list[int]:
    items = answer.get("items")
    outcomes = (
        [outcome for item in items if isinstance(item, dict) for outcome in item.values()]
        if isinstance(items, list)
        else []
    )
    return [int(cast("int", outcome.get("status", 0))) for outcome in outcomes if isinstance(outcome, dict)]
