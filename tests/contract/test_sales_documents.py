"""The operations of the sales import fit the public graph."""

import pytest
from graphql import build_schema, parse, validate

from cli.sales import documents
from cli.sales.shop import STATUS_BATCH
from cli.schema_files import published_urls, subgraph_sources
from router.composition import compose

OPERATIONS = {name: text for name, text in vars(documents).items() if name.isupper() and not name.startswith("_")}


@pytest.fixture(scope="module")
def api():
    return build_schema(compose(subgraph_sources(published_urls())).api_sdl)


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_the_public_graph_offers_what_the_import_asks(api, name):
    assert [error.message for error in validate(api, parse(OPERATIONS[name]))] == []


@pytest.mark.parametrize("count", [1, STATUS_BATCH])
def test_it_offers_the_status_of_many_orders_at_once(api, count):
    assert [error.message for error in validate(api, parse(documents.statuses_document(count)))] == []
