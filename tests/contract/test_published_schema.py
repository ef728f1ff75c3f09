"""schema/ is what the code says, and every published event fits its schema."""

import json
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest
from graphql import GraphQLEnumType, GraphQLSchema, build_schema, parse

from cli.ports import CONTEXTS
from cli.schema_files import differing_files, published_urls, subgraph_sources
from router.composition import compose

SCHEMA = Path(__file__).parents[2] / "schema"


def test_the_committed_schema_folder_is_generated_from_this_code():
    assert [str(name) for name in differing_files(SCHEMA)] == []


def test_composition_does_not_depend_on_the_order_of_subgraphs():
    sources = subgraph_sources(published_urls())

    assert compose(sources).supergraph_sdl == compose(list(reversed(sources))).supergraph_sdl


def test_internal_mutations_and_federation_machinery_are_not_in_the_public_api():
    api = build_schema(compose(subgraph_sources(published_urls())).api_sdl)

    mutations = set(api.mutation_type.fields) if api.mutation_type else set()
    assert {"checkoutComplete", "cartCreate", "productCreate", "inventoryAdjust", "returnCreate"} <= mutations
    assert {
        "stockReserve",
        "stockCommit",
        "stockRelease",
        "paymentCharge",
        "paymentResolve",
        "paymentVoid",
        "orderConfirm",
        "orderCancel",
    } & mutations == set()
    assert {"OrderPayload", "OrderCancelReason", "ReservationPayload", "PaymentPayload"} & api.type_map.keys() == set()
    assert {"_entities", "_service"} & set(api.query_type.fields if api.query_type else ()) == set()


def test_every_type_field_argument_and_enum_value_is_described():
    api = build_schema(compose(subgraph_sources(published_urls())).api_sdl)

    assert [coordinate for coordinate, description in described(api) if not description] == []


def described(api: GraphQLSchema) -> Iterator[tuple[str, str | None]]:
    """Every element of the public graph with its description."""
    for name, kind in api.type_map.items():
        if name.startswith("__") or name in {"String", "Int", "Boolean", "ID", "Float"}:
            continue
        if name not in {"Query", "Mutation"}:
            yield name, kind.description
        for field_name, field in getattr(kind, "fields", {}).items():
            yield f"{name}.{field_name}", field.description
            for argument_name, argument in getattr(field, "args", {}).items():
                yield f"{name}.{field_name}({argument_name}:)", argument.description
        if isinstance(kind, GraphQLEnumType):
            for value_name, value in kind.values.items():
                yield f"{name}.{value_name}", value.description


@pytest.mark.parametrize("context", CONTEXTS)
def test_event_schemas_are_valid_json_schemas(context: str):
    schemas = json.loads((SCHEMA / "events" / f"{context}.json").read_text())

    for subject, schema in schemas.items():
        assert subject.startswith("retail.")
        assert subject.endswith(".v1")
        jsonschema.Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("context", CONTEXTS)
def test_published_subgraphs_parse(context: str):
    assert parse((SCHEMA / "subgraphs" / f"{context}.graphql").read_text()).definitions
