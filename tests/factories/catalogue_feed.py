"""A till's copy of the catalogue, loaded and kept as tills do it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import orjson

from tests.factories.subgraphs import SubgraphClient

FEED = """query($after: String, $first: Int!) {
  catalogueFeed(after: $after, first: $first) { products next hasMore } }"""


@dataclass
class FeedReader:
    """Follows the feed of a tenant; `products` is what the till sells."""

    catalog: SubgraphClient
    products: dict[str, Any] = field(default_factory=dict)
    place: str | None = None

    async def load(self, first: int = 2, between: Callable[[], Awaitable[object]] | None = None) -> "FeedReader":
        """Load all anew; `between` happens after the first page."""
        self.products.clear()
        self.place = None
        await self._follow(first, between)
        return self

    async def follow(self, first: int = 2) -> int:
        """Take over what changed; how many pages it were."""
        return await self._follow(first, None)

    async def page(self, first: int) -> dict[str, Any] | None:
        variables = {"after": self.place, "first": first}
        return (await self.catalog.data(FEED, variables, role="pos_bff"))["catalogueFeed"]

    async def _follow(self, first: int, between: Callable[[], Awaitable[object]] | None) -> int:
        pages = 0
        while True:
            page = await self.page(first)
            assert page is not None
            pages += 1
            products = orjson.loads(page["products"])
            assert len(products) <= first
            take_over(self.products, products)
            self.place = page["next"]
            if not page["hasMore"]:
                return pages
            if between is not None and pages == 1:
                await between()


def take_over(kept: dict[str, Any], products: list[dict[str, Any]]) -> None:
    """What a till does with the products of an answer."""
    for product in products:
        if product["status"] == "ACTIVE":
            kept[product["id"]] = product
        else:
            kept.pop(product["id"], None)
