"""`python -m router` as a person or a test bench runs it."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import aiohttp
import pytest

from router.__main__ import main
from tests.factories.federation import LINK, FederatedGraph, World

_CATALOG = 'type Query { product: Product } type Product @key(fields: "id") { id: ID! name: String }'
_STOCK = 'type Product @key(fields: "id") { id: ID! stock: Int }'


@pytest.fixture(name="supergraph")
def _supergraph(tmp_path: Path) -> Path:
    graph = FederatedGraph(World(), {"catalog": _CATALOG, "stock": _STOCK})
    path = tmp_path / "supergraph.graphql"
    path.write_text(graph.supergraph_sdl)
    return path


def _listed(tmp_path: Path, **sdls: str) -> Path:
    path = tmp_path / "subgraphs.json"
    entries = [{"name": name, "url": "http://127.0.0.1:1/graphql", "sdl": LINK + sdl} for name, sdl in sdls.items()]
    path.write_text(json.dumps(entries))
    return path


def test_compose_writes_a_supergraph_that_plan_reads(tmp_path, capsys):
    operation = tmp_path / "operation.graphql"
    operation.write_text("{ product { name stock } }")
    out = tmp_path / "out.graphql"

    composed = main(
        ["compose", "--subgraphs", str(_listed(tmp_path, catalog=_CATALOG, stock=_STOCK)), "--out", str(out)]
    )
    planned = main(["plan", "--supergraph", str(out), "--operation", str(operation)])

    assert (composed, planned) == (0, 0)
    assert capsys.readouterr().out == (
        "QueryPlan(hops: 2, requests: 2, fields: 4) {\n"
        "  Sequence {\n"
        "    Fetch(subgraph: catalog) {\n"
        "      {\n"
        "        product {\n"
        "          name\n"
        "          id\n"
        "        }\n"
        "      }\n"
        "    }\n"
        "    Fetch(subgraph: stock) {\n"
        "      Flatten(path: product) { ... on Product { __typename id } }\n"
        "      =>\n"
        "      {\n"
        "        ... on Product {\n"
        "          stock\n"
        "        }\n"
        "      }\n"
        "    }\n"
        "  }\n"
        "}\n"
    )


def test_plan_prints_json_on_request(supergraph, tmp_path, capsys):
    operation = tmp_path / "operation.graphql"
    operation.write_text("query ($s: Boolean!) { product { name stock @skip(if: $s) } }")

    status = main(
        ["plan", "--supergraph", str(supergraph), "--operation", str(operation), "--json", "--variables", '{"s":true}']
    )

    assert status == 0
    assert json.loads(capsys.readouterr().out) == {
        "kind": "QueryPlan",
        "cost": {"hops": 1, "requests": 1, "fields": 2},
        "degraded": False,
        "candidates": 2,
        "node": {
            "kind": "Fetch",
            "serviceName": "catalog",
            "operationKind": "query",
            "operation": "query { product { name } }",
            "variableUsages": [],
        },
    }


def test_plan_shows_deferred_parts_unless_the_answer_is_to_be_whole(supergraph, tmp_path, capsys):
    operation = tmp_path / "operation.graphql"
    operation.write_text("{ product { name ... @defer { stock } } }")
    command = ["plan", "--supergraph", str(supergraph), "--operation", str(operation)]

    statuses = [main(command), main([*command, "--whole"])]

    in_parts, whole = capsys.readouterr().out.split("QueryPlan")[1:]
    assert statuses == [0, 0]
    assert "    Deferred(depends: [0], path: product) {\n" in in_parts
    assert "Deferred" not in whole


def test_plan_shows_who_resolves_a_field_while_its_label_is_on(tmp_path, capsys):
    operation = tmp_path / "operation.graphql"
    operation.write_text("{ product { name } }")
    moved = _STOCK.replace("stock: Int", 'stock: Int name: String @override(from: "catalog", label: "new")')
    out = tmp_path / "out.graphql"
    main(["compose", "--subgraphs", str(_listed(tmp_path, catalog=_CATALOG, stock=moved)), "--out", str(out)])
    command = ["plan", "--supergraph", str(out), "--operation", str(operation), "--labels"]

    statuses = [main([*command, ""]), main([*command, "new"]), main([*command, "old"])]

    told = capsys.readouterr()
    off, on = told.out.split("QueryPlan")[-2:]
    assert statuses == [0, 0, 1]
    assert ("(subgraph: stock)" in off, "(subgraph: stock)" in on) == (False, True)
    assert told.err.endswith("no field is overridden with old; known: new\n")


def test_a_graph_that_does_not_compose_ends_with_the_rule_and_the_place(tmp_path, capsys):
    path = _listed(tmp_path, catalog=_CATALOG, other="type Query { product: Int }")

    status = main(["compose", "--subgraphs", str(path)])

    output = capsys.readouterr()
    assert status == 1
    assert output.out == ""
    assert "FIELD_TYPE_MISMATCH" in output.err
    assert "Query.product" in output.err


@pytest.mark.parametrize(
    ("content", "reason"),
    [("{", "is not JSON"), ("{}", "must hold a list"), ('[{"name": "a"}]', "needs the texts name, url and sdl")],
)
def test_a_broken_list_of_subgraphs_is_explained(tmp_path, capsys, content, reason):
    path = tmp_path / "subgraphs.json"
    path.write_text(content)

    status = main(["serve", "--subgraphs", str(path)])

    assert (status, reason in capsys.readouterr().err) == (1, True)


def test_a_plain_schema_is_no_supergraph(tmp_path, capsys):
    path = tmp_path / "schema.graphql"
    path.write_text("type Query { x: Int }")

    status = main(["serve", "--supergraph", str(path)])

    assert (status, "join__Graph" in capsys.readouterr().err) == (1, True)


def test_an_operation_that_does_not_fit_is_explained(supergraph, tmp_path, capsys):
    operation = tmp_path / "operation.graphql"
    operation.write_text("{ nope }")

    status = main(["plan", "--supergraph", str(supergraph), "--operation", str(operation)])

    assert (status, "Cannot query field 'nope'" in capsys.readouterr().err) == (1, True)


async def test_serve_answers_for_any_list_of_subgraphs_without_authentication(tmp_path, unused_tcp_port_factory):
    port = unused_tcp_port_factory()
    path = _listed(tmp_path, catalog=_CATALOG, stock=_STOCK)
    command = [sys.executable, "-m", "router", "serve", "--subgraphs", str(path), "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[3])  # noqa: ASYNC220
    try:
        assert process.stdout is not None
        while "Uvicorn running" not in process.stdout.readline():
            assert process.poll() is None
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"http://127.0.0.1:{port}/graphql", json={"query": "{ product { name } }"}) as response,
        ):
            body = await response.json()
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=10)

    assert body["data"] == {"product": None}
    assert body["errors"][0]["extensions"]["code"] == "SUBGRAPH_UNAVAILABLE"
    assert body["errors"][0]["extensions"]["subgraph"] == "catalog"
