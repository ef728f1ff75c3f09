"""schema/ is what the code says, and every published event fits its schema."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest
from graphql import GraphQLEnumType, GraphQLSchema, build_schema, parse

from cli.commands.compose import compose as compose_command
from cli.errors import CommandError
from cli.ports import CONTEXTS
from cli.schema_files import differing_files, published_urls, subgraph_sources
from router.composition import compose
from router.evolution import broken_operations
from router.offline_graph import OfflineGraph

SCHEMA = Path(__file__).parents[2] / "schema"


def test_the_committed_schema_folder_is_generated_from_this_code():
    assert [str(name) for name in differing_files(SCHEMA)] == []


def test_every_published_operation_is_valid_and_has_a_plan():
    graph = OfflineGraph((SCHEMA / "supergraph.graphql").read_text())

    assert broken_operations(graph, SCHEMA / "operations") == []


@pytest.fixture(name="published")
def _published(tmp_path: Path) -> Path:
    """A schema folder whose supergraph has a field more than the code."""
    folder = tmp_path / "schema"
    shutil.copytree(SCHEMA, folder)
    supergraph = folder / "supergraph.graphql"
    grown = re.sub(
        r"(?m)^(type Query\b[^{]*\{)$",
        r"\1\n  forecast: String @join__field(graph: CATALOG)",
        supergraph.read_text(),
        count=1,
    )
    assert grown != supergraph.read_text()
    supergraph.write_text(grown)
    return folder


def test_a_breaking_change_is_named_by_the_check(published: Path):
    with pytest.raises(CommandError, match=r"breaking:\n  FIELD_REMOVED: Field Query\.forecast was removed\.$"):
        compose_command(check=True, folder=published)


def test_a_breaking_change_is_published_only_on_purpose(published: Path, capsys: pytest.CaptureFixture[str]):
    before = (published / "supergraph.graphql").read_text()

    with pytest.raises(CommandError, match=r"this breaks clients .*\n  FIELD_REMOVED: Field Query\.forecast was"):
        compose_command(folder=published)
    unchanged = (published / "supergraph.graphql").read_text()
    compose_command(folder=published, allow_breaking=True)

    assert unchanged == before
    assert (published / "supergraph.graphql").read_text() == (SCHEMA / "supergraph.graphql").read_text()
    assert capsys.readouterr().out == (
        f"FIELD_REMOVED: Field Query.forecast was removed.\nwrote {published}/supergraph.graphql\n"
    )


def test_an_operation_the_code_cannot_answer_fails_the_check_and_stops_publishing(published: Path):
    before = (published / "supergraph.graphql").read_text()
    (published / "operations" / "forecast.graphql").write_text("query Forecast { forecast }")
    complaint = r"cannot answer these operations:\n  .*/forecast\.graphql: 1:18 Cannot query field 'forecast'"

    with pytest.raises(CommandError, match=complaint):
        compose_command(check=True, folder=published)
    with pytest.raises(CommandError, match=complaint):
        compose_command(folder=published, allow_breaking=True)

    assert (published / "supergraph.graphql").read_text() == before


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
        if name not in {"Query", "Mutation", "Subscription"}:
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
