"""Loads the demo shops through the public graph; what is there already stays as it is."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Final
from uuid import UUID

from cli.demo import documents
from cli.demo.people import DemoPerson, people_of
from cli.demo.shops import SHOPS, DemoProduct, DemoShop, quantity_of
from cli.imports.graph_api import GraphApi
from cli.imports.opening_stock import OpeningStock, Pause, give_opening_stock, raise_refusal
from cli.sales.answers import node, nodes, number, optional_node, text
from kernel.ids import encode_global_id
from kernel.subgraph import JsonObject, JsonValue

_REFERENCE: Final = "demo shop"
# somebody else was faster
_THERE_ALREADY: Final = frozenset({"SUBJECT_TAKEN", "SLUG_TAKEN", "CODE_TAKEN"})

Report = Callable[[str], None]


async def load_demo_shop(
    api_for: Callable[[UUID], GraphApi], progress: Report, *, pause: Pause = asyncio.sleep
) -> None:
    """Make both tenants with stores, people, products and stock. Where all is there, one query per tenant finds out.

    Raises:
        ApiError: the API fails or refuses.
    """
    shops = [DemoShop.read(slug) for slug in SHOPS]
    await asyncio.gather(*(_load(api_for(shop.tenant_id), shop, progress, pause) for shop in shops))


async def _load(api: GraphApi, shop: DemoShop, progress: Report, pause: Pause) -> None:
    people = people_of(shop.tenant_id)
    state = await api.execute(documents.STATE)
    if _is_complete(state, shop, people):
        progress(f"{shop.slug}: already there")
        return
    if optional_node(state, "tenant") is None:
        given: JsonObject = {"slug": shop.slug, "name": shop.name, "currencyCode": shop.currency}
        await _create(api, documents.CREATE_TENANT, "tenantCreate", given)
    await asyncio.gather(_create_people(api, people), _create_goods(api, shop, pause))
    variants = sum(len(product.variants) for product in shop.products)
    progress(
        f"{shop.slug}: {len(shop.products)} products in {variants} variants at {len(shop.locations)} locations, "
        f"{len(people)} people"
    )


def _is_complete(state: JsonObject, shop: DemoShop, people: Sequence[DemoPerson]) -> bool:
    wanted = {"users": len(people), "products": len(shop.products), "stockLevels": shop.level_count}
    is_known = optional_node(state, "tenant") is not None
    return is_known and all(number(node(state, name), "totalCount") >= count for name, count in wanted.items())


async def _create_people(api: GraphApi, people: Sequence[DemoPerson]) -> None:
    inputs: list[JsonObject] = [
        {
            "keycloakId": person.id,
            "email": person.email,
            "displayName": person.name,
            "roles": list(person.realm_roles),
            "storeIds": [encode_global_id("Store", store) for store in person.store_ids],
        }
        for person in people
    ]
    await asyncio.gather(*(_create(api, documents.CREATE_USER, "userCreate", given) for given in inputs))


async def _create_goods(api: GraphApi, shop: DemoShop, pause: Pause) -> None:
    known = await api.execute(documents.PLACES)
    locations = await _create_locations(api, shop, nodes(known, "stockLocations", "nodes"))
    slugs = {text(category, "slug") for category in nodes(known, "categories", "nodes")}
    for category in shop.categories:
        if category.slug not in slugs:
            given: JsonObject = {"slug": category.slug, "name": category.name}
            await _create(api, documents.CREATE_CATEGORY, "categoryCreate", given)
    items: list[JsonValue] = [_item(product, shop.currency) for product in shop.products]
    answer = await api.execute(documents.UPSERT, {"items": items})
    results = nodes(answer, "productBulkUpsert", "results")
    for result in results:
        raise_refusal(result)
    variants = [variant for result in results for variant in nodes(result, "product", "variants")]
    await give_opening_stock(api, _missing_stock(shop, variants, locations), _REFERENCE, pause=pause)


async def _create_locations(api: GraphApi, shop: DemoShop, known: Sequence[JsonObject]) -> Mapping[str, str]:
    """Location ids by code."""
    ids = {text(location, "code"): text(location, "id") for location in known}
    unassigned = {text(location, "code") for location in known if location.get("storeId") is None}
    for location in shop.locations:
        store = encode_global_id("Store", location.store_id) if location.store_id is not None else None
        if location.code in unassigned and store is not None:
            given = {"id": ids[location.code], "storeId": store}
            raise_refusal(node(await api.execute(documents.ASSIGN_LOCATION, given), "stockLocationAssign"))
        if location.code not in ids:
            given: JsonObject = {"code": location.code, "name": location.name, "kind": location.kind, "storeId": store}
            answer = await api.execute(documents.CREATE_LOCATION, {"input": given})
            payload = node(answer, "stockLocationCreate")
            raise_refusal(payload)
            ids[location.code] = text(node(payload, "location"), "id")
    return ids


async def _create(api: GraphApi, document: str, name: str, given: JsonObject) -> None:
    payload = node(await api.execute(document, {"input": given}), name)
    if all(error.get("code") not in _THERE_ALREADY for error in nodes(payload, "userErrors")):
        raise_refusal(payload)


def _item(product: DemoProduct, currency: str) -> JsonObject:
    return {
        "slug": product.slug,
        "name": product.name,
        "description": product.description,
        "categorySlug": product.category_slug,
        "variants": [
            {
                "sku": variant.sku,
                "price": {"amount": variant.price, "currencyCode": currency},
                "options": [{"name": variant.option[0], "value": variant.option[1]}] if variant.option else [],
            }
            for variant in product.variants
        ],
    }


def _missing_stock(shop: DemoShop, variants: Sequence[JsonObject], locations: Mapping[str, str]) -> list[OpeningStock]:
    return [
        OpeningStock(text(variant, "id"), locations[location.code], quantity)
        for variant in variants
        for location in shop.locations
        if location.code not in _stocked_at(variant) and (quantity := quantity_of(text(variant, "sku"), location))
    ]


def _stocked_at(variant: JsonObject) -> set[str]:
    if variant.get("stockLevels") is None:
        return set()
    return {text(node(level, "location"), "code") for level in nodes(variant, "stockLevels")}
