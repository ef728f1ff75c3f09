"""What a page of each list of the graph costs in SQL: the tenant's fence, the page, and its count if asked for."""

from collections.abc import AsyncIterator

import pytest
from graphql import build_schema, get_named_type

from cli.schema_files import published_urls, subgraph_sources
from kernel.database import count_statements
from kernel.ids import uuid7
from router.composition import compose
from tests.factories.databases import ProvisionedDatabase
from tests.factories.whole_graph import PROVIDER, WholeGraph

LISTS = (
    "users",
    "devices",
    "products",
    "categories",
    "stockLocations",
    "stockLevels",
    "stockMovements",
    "reservations",
    "orders",
    "returns",
    "payments",
    "refunds",
    "productSearch",
)


@pytest.fixture(scope="module")
async def graph(provisioned_database: ProvisionedDatabase) -> AsyncIterator[WholeGraph]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in PROVIDER.items():
            patch.setenv(name, value)
        opened = WholeGraph.over(provisioned_database)
    yield opened
    await opened.close()


@pytest.mark.parametrize("name", LISTS)
async def test_a_page_is_one_statement_behind_the_fence_and_its_count_another(name: str, graph: WholeGraph):
    tenant = uuid7()
    arguments = 'query: "mug", first: 20' if name == "productSearch" else "first: 20"

    costs: list[int] = []
    for fields in ("nodes { id }", "nodes { id } totalCount"):
        with count_statements() as count:
            await graph.data(tenant, f"{{ {name}({arguments}) {{ {fields} }} }}")
        costs.append(count.total)

    assert costs == [2, 3]


def test_every_list_of_the_graph_is_here():
    api = build_schema(compose(subgraph_sources(published_urls())).api_sdl)
    assert api.query_type is not None

    lists = {
        name for name, field in api.query_type.fields.items() if get_named_type(field.type).name.endswith("Connection")
    }
    assert lists == set(LISTS)
