"""The catalogue for tills: all of it, packed once a minute for all tills of a shop, and what changed since."""

import asyncio
import time
import zlib
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from bff.pos.graph import Graph
from kernel.errors import DomainError, Unavailable
from kernel.subgraph import JsonObject

#: products of one answer to a till that follows
_PAGE: Final = 1000
_KEPT_SECONDS: Final = 60.0
_MOST_KEPT_BYTES: Final = 64 * 1024 * 1024
_UNPACKED_AT_ONCE: Final = 65_536
_GZIP: Final = 16 + zlib.MAX_WBITS
# a twentieth more bytes than by 6, in half the time
_LEVEL: Final = 4
_FEED: Final = """query CatalogueFeed($after: String, $first: Int!) {
  catalogueFeed(after: $after, first: $first) { products next hasMore } }"""


class CatalogueGone(DomainError):
    """The till's place is none of this catalogue: it loads all anew."""

    code = "CATALOGUE_GONE"


@dataclass(frozen=True, slots=True)
class WholeCatalogue:
    """A JSON object of all that a shop sells, packed with gzip; `next` is where a till follows from."""

    packed: bytes
    next: str

    @property
    def etag(self) -> str:
        """Weak: packed and unpacked it is the same catalogue."""
        return f'W/"{self.next}"'

    def unpacked(self) -> Iterator[bytes]:
        """The JSON, piece by piece."""
        unpacking = zlib.decompressobj(_GZIP)
        rest = self.packed
        while rest:
            yield unpacking.decompress(rest, _UNPACKED_AT_ONCE)
            rest = unpacking.unconsumed_tail
        yield unpacking.flush()


class Catalogues:
    """Reads the feed of the graph. What was packed serves every till for a minute: each follows from where it ends."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._kept: OrderedDict[UUID, tuple[float, asyncio.Task[WholeCatalogue]]] = OrderedDict()

    async def whole(self, tenant_id: UUID) -> WholeCatalogue:
        """All that the tenant sells, as it was at most a minute ago.

        Raises:
            Unavailable: the graph does not answer.
        """
        begun_at, task = self._kept.get(tenant_id, (float("-inf"), None))
        if task is None or time.monotonic() - begun_at > _KEPT_SECONDS or _has_failed(task):
            task = asyncio.create_task(self._loaded(tenant_id))
            self._kept[tenant_id] = (time.monotonic(), task)
            self._kept.move_to_end(tenant_id)
            task.add_done_callback(self._drop_what_is_too_much)
        return await asyncio.shield(task)

    async def changes(self, tenant_id: UUID, since: str) -> bytes:
        """A JSON object of what changed since a till's place, a page at a time.

        Raises:
            CatalogueGone: see there.
            Unavailable: the graph does not answer.
        """
        page = await self._page(tenant_id, since)
        if page is None:
            raise CatalogueGone("this place is none of the catalogue: load all anew")
        return b'{"products":%s,%s' % (str(page["products"]).encode(), _end(page))

    async def close(self) -> None:
        """Load nothing any more."""
        tasks = [task for _, task in self._kept.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _loaded(self, tenant_id: UUID) -> WholeCatalogue:
        packing = zlib.compressobj(_LEVEL, wbits=_GZIP)
        packed = bytearray(packing.compress(b'{"products":['))
        page: JsonObject = {"next": None, "hasMore": True}
        is_first = True
        while page["hasMore"]:
            following = await self._page(tenant_id, page["next"] if isinstance(page["next"], str) else None)
            if following is None:
                raise Unavailable("the catalogue began anew while it was loaded")
            page = following
            products = str(page["products"])[1:-1].encode()
            if products:
                packed += await asyncio.to_thread(packing.compress, products if is_first else b"," + products)
                is_first = False
        packed += packing.compress(b"],%s" % _end(page))
        packed += packing.flush()
        return WholeCatalogue(bytes(packed), str(page["next"]))

    async def _page(self, tenant_id: UUID, after: str | None) -> JsonObject | None:
        return await self._graph.ask_for_tenant(_FEED, {"after": after, "first": _PAGE}, tenant_id)

    def _drop_what_is_too_much(self, _done: object) -> None:
        size = sum(len(task.result().packed) for _, task in self._kept.values() if _is_loaded(task))
        while size > _MOST_KEPT_BYTES:
            _, (_, oldest) = self._kept.popitem(last=False)
            size -= len(oldest.result().packed) if _is_loaded(oldest) else 0


def _end(page: JsonObject) -> bytes:
    has_more = b"true" if page["hasMore"] else b"false"
    return b'"next":"%s","has_more":%s}' % (str(page["next"]).encode(), has_more)


def _is_loaded(task: asyncio.Task[WholeCatalogue]) -> bool:
    return task.done() and not _has_failed(task)


def _has_failed(task: asyncio.Task[WholeCatalogue]) -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)
