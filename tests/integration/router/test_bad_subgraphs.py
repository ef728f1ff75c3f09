"""What subgraphs can do wrong over a real socket: each costs its own fields, is counted, logged, and has a code."""

import asyncio
import gzip
import logging
from collections.abc import AsyncIterator
from functools import cache

import brotli
import orjson
import pytest
from prometheus_client import REGISTRY

from tests.factories.federation import FederatedGraph, World
from tests.factories.wires import Wire, WiredGraph, http_answer, says, wired

_SDLS = {
    "catalog": 'type Query { products: [Product!]! } type Product @key(fields: "id") { id: ID! name: String }',
    "stock": 'type Product @key(fields: "id") { id: ID! stock: Int where: Place } type Place { shelf: Int } '
    "type Query { places: Int anything: JSON } scalar JSON",
}
_QUERY = "{ products { name stock } }"
_UNAVAILABLE = "SUBGRAPH_UNAVAILABLE"
_INVALID = "SUBGRAPH_ANSWER_INVALID"


@cache
def _graph() -> FederatedGraph:
    products = [{"__typename": "Product", "id": str(n), "name": f"n{n}", "stock": n} for n in (1, 2)]
    computed = {"Query.products": lambda _: products, "Query.places": lambda _: 3}
    return FederatedGraph(World(entities={"Product": products}, computed=computed), _SDLS)


@pytest.fixture(name="running")
async def _running() -> AsyncIterator[WiredGraph]:
    async with wired(_graph(), max_answer_bytes=1_000_000, subgraph_seconds=5) as running:
        yield running


def _failures(failure: str) -> float:
    labels = {"subgraph": "stock", "failure": failure}
    return REGISTRY.get_sample_value("router_subgraph_failures_total", labels) or 0.0


async def _reset(_wire: Wire, _body: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(http_answer(b'{"data":{"_entities":[{"stock":1}', content_length="1000"))
    await writer.drain()
    writer.transport.abort()


async def _closed(_wire: Wire, _body: bytes, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def _noise(_wire: Wire, _body: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(b"SSH-2.0-OpenSSH_9.6\r\n")


async def _endless(_wire: Wire, _body: bytes, writer: asyncio.StreamWriter) -> None:
    """A body of 100 MB, announced by nobody; it ends when the router has had enough."""
    writer.write(http_answer(b"", content_length="", transfer_encoding="chunked"))
    for _ in range(1_600):
        writer.write(b"10000\r\n" + b"x" * 65_536 + b"\r\n")
        await writer.drain()


_BOMB = gzip.compress(b'{"data":{"_entities":["' + b"x" * 100_000_000 + b'"]}}', 1)
_BROTLI_BOMB = brotli.compress(b'{"data":{"_entities":["' + b"x" * 100_000_000 + b'"]}}', quality=1)
_DEEP = b"[" * 5_000 + b"]" * 5_000

_BAD = {
    "HTML": (says(b"<html>sorry</html>", content_type="text/html"), "not_graphql"),
    "nothing": (says(b""), "not_graphql"),
    "half a JSON": (says(b'{"data":{"_entities":[{"stock"'), "not_graphql"),
    "a number": (says(b"7"), "not_graphql"),
    "a list": (says(b"[]"), "not_graphql"),
    "an object without data": (says(b'{"stock":1}'), "not_graphql"),
    "data that is a list": (says(b'{"data":[]}'), "not_graphql"),
    "data that is a text": (says(b'{"data":"x"}'), "not_graphql"),
    "null without errors": (says(b'{"data":null}'), "not_graphql"),
    "invalid UTF-8": (says(b'{"data":{"_entities":[{"stock":"\xff"}]}}'), "not_graphql"),
    "half a surrogate pair": (says(b'{"data":{"_entities":[{"stock":"\\ud800"}]}}'), "not_graphql"),
    "not a number": (says(b'{"data":{"_entities":[{"stock":NaN}]}}'), "not_graphql"),
    "a number of 100,000 digits": (says(b'{"data":{"_entities":[{"stock":' + b"9" * 100_000 + b"e}]}}"), "not_graphql"),
    "deeply nested JSON": (says(b'{"data":{"_entities":' + _DEEP + b"}}"), "not_graphql"),
    "a redirect": (says(b"", status=302, location="http://127.0.0.1:1/"), "refused"),
    "a redirect with an answer": (says(b'{"data":{"_entities":[{"stock":1},{"stock":2}]}}', status=307), "refused"),
    "401 without GraphQL": (says(b"who?", status=401), "refused"),
    "404 with JSON": (says(b'{"detail":"not found"}', status=404), "refused"),
    "500 with HTML": (says(b"<html>", status=500, content_type="text/html"), "status"),
    "503 with data": (says(b'{"data":{"_entities":[{"stock":1},{"stock":2}]}}', status=503), "gateway"),
    "a reset in the middle of the body": (_reset, "connection"),
    "a connection that closes": (_closed, "connection"),
    "something else than HTTP": (_noise, "connection"),
    "100 MB": (_endless, "too_large"),
    "100 MB announced": (says(b"", content_length="100000000"), "too_large"),
    "a gzip bomb": (says(_BOMB, content_encoding="gzip"), "too_large"),
    "broken gzip": (says(b"no gzip", content_encoding="gzip"), "not_graphql"),
    "gzip that ends early": (says(gzip.compress(b'{"data":{}}' * 99)[:-9], content_encoding="gzip"), "connection"),
    "a Brotli bomb": (says(_BROTLI_BOMB, content_encoding="br"), "too_large"),
    "broken Brotli": (says(b"no brotli", content_encoding="br"), "not_graphql"),
    "Brotli that ends early": (says(brotli.compress(b'{"data":{}}' * 99)[:-3], content_encoding="br"), "connection"),
    "an unknown coding": (says(b"??", content_encoding="zopfli"), "not_graphql"),
    "a header of a megabyte": (says(b"{}", x_long="x" * 1_000_000), "connection"),
}


@pytest.mark.parametrize(("respond", "failure"), _BAD.values(), ids=_BAD)
async def test_what_is_no_graphql_answer_costs_only_its_own_fields(running, caplog, respond, failure):
    running.wires["stock"].respond = respond
    before = _failures(failure)

    with caplog.at_level(logging.WARNING):
        answer = await running.ask(_QUERY)

    told = {"code": _UNAVAILABLE, "subgraph": "stock"}
    message = "the subgraph stock is unavailable"
    assert answer == {
        "data": {"products": [{"name": "n1", "stock": None}, {"name": "n2", "stock": None}]},
        "errors": [
            {"message": message, "path": ["products", index, "stock"], "extensions": told} for index in range(2)
        ],
    }
    assert _failures(failure) == before + 1
    assert "subgraph_unavailable" in caplog.text


async def test_a_subgraph_that_is_down_costs_only_its_own_fields(running):
    running.wires["stock"].stop()
    before = _failures("connection")

    answer = await running.ask(_QUERY)

    assert answer["data"] == {"products": [{"name": "n1", "stock": None}, {"name": "n2", "stock": None}]}
    assert {error["extensions"]["code"] for error in answer["errors"]} == {_UNAVAILABLE}
    assert _failures("connection") == before + 1


_TRICKLE = http_answer(b'{"data":{"_entities":[{"stock":1},{"stock":2}]}}')


async def _slow_loris(_wire: Wire, _body: bytes, writer: asyncio.StreamWriter) -> None:
    for position in range(len(_TRICKLE)):
        writer.write(_TRICKLE[position : position + 1])
        await writer.drain()
        await asyncio.sleep(0.05)


async def _silence(_wire: Wire, _body: bytes, _writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


@pytest.mark.parametrize("respond", [_slow_loris, _silence])
async def test_a_slow_subgraph_is_given_up_after_its_time_out(tmp_path, respond):
    configuration = tmp_path / "router.json"
    configuration.write_text('{"subgraphs": {"stock": {"timeout_seconds": 0.2}}}')
    async with wired(_graph(), config_file=str(configuration)) as running:
        running.wires["stock"].respond = respond
        before = _failures("time_out")

        answer = await running.ask(_QUERY)

    assert answer["data"] == {"products": [{"name": "n1", "stock": None}, {"name": "n2", "stock": None}]}
    assert {error["extensions"]["code"] for error in answer["errors"]} == {_UNAVAILABLE}
    assert _failures("time_out") == before + 1


@pytest.mark.parametrize(
    ("entities", "stocks", "wrong"),
    [
        ("x", [None, None], [0, 1]),
        ({"stock": 1}, [None, None], [0, 1]),
        ([], [None, None], [0, 1]),
        ([{"stock": 1}], [None, None], [0, 1]),
        ([{"stock": 1}, {"stock": 2}, {"stock": 3}], [None, None], [0, 1]),
        ([{"stock": 1}, 7], [1, None], [1]),
        ([{"stock": 1}, [{"stock": 2}]], [1, None], [1]),
        ([{"stock": 1}, None], [1, None], []),
    ],
    ids=["a text", "an object", "none", "too few", "too many", "a number", "a list inside", "null: there is none"],
)
async def test_entities_of_the_wrong_form_are_told_where_they_are_missing(running, entities, stocks, wrong):
    running.wires["stock"].respond = says(orjson.dumps({"data": {"_entities": entities}}))
    before = _failures("malformed")

    answer = await running.ask(_QUERY)

    assert [product["stock"] for product in answer["data"]["products"]] == stocks
    assert [(error["path"], error["extensions"]["code"]) for error in answer.get("errors", [])] == [
        (["products", index, "stock"], _INVALID) for index in wrong
    ]
    assert _failures("malformed") == before + bool(wrong)


@pytest.mark.parametrize(
    ("value", "expected"),
    [("many", None), ([1], None), ({"a": 1}, None), (2**40, None), (True, None), (1.5, None), (0, 0)],
)
async def test_a_scalar_of_the_wrong_type_becomes_null_and_an_error(running, caplog, value, expected):
    running.wires["stock"].respond = says(orjson.dumps({"data": {"_entities": [{"stock": value}, {"stock": 2}]}}))
    before = _failures("malformed")

    with caplog.at_level(logging.WARNING):
        answer = await running.ask(_QUERY)

    is_wrong = expected is None
    assert [product["stock"] for product in answer["data"]["products"]] == [expected, 2]
    told = [(error["path"], error["extensions"]) for error in answer.get("errors", [])]
    assert told == ([(["products", 0, "stock"], {"code": "INTERNAL", "subgraph": "stock"})] if is_wrong else [])
    assert _failures("malformed") == before + is_wrong
    assert ("wrong Product.stock" in caplog.text) == is_wrong


async def test_an_object_where_a_scalar_belongs_and_the_other_way_round(running):
    entities = [{"where": 5}, {"where": [{"shelf": 1}]}]
    running.wires["stock"].respond = says(orjson.dumps({"data": {"_entities": entities}}))

    answer = await running.ask("{ products { where { shelf } } }")

    assert answer["data"] == {"products": [{"where": None}, {"where": None}]}
    assert [error["path"] for error in answer["errors"]] == [["products", 0, "where"], ["products", 1, "where"]]


async def test_a_root_field_that_is_left_out_is_told(running):
    running.wires["stock"].respond = says(b'{"data":{"other":1}}')

    answer = await running.ask("{ places }")

    assert answer["data"] == {"places": None}
    assert [(error["path"], error["extensions"]["code"]) for error in answer["errors"]] == [(["places"], _INVALID)]


async def test_extra_keys_are_ignored_and_of_duplicate_keys_the_last_counts(running):
    running.wires["stock"].respond = says(
        b'{"data":{"_entities":[{"stock":1,"stock":5,"name":"x","id":"9"},{"stock":2,"__typename":"X"}],"more":1},'
        b'"data2":3,"extensions":{"a":[1]}}'
    )

    answer = await running.ask(_QUERY)

    assert answer == {"data": {"products": [{"name": "n1", "stock": 5}, {"name": "n2", "stock": 2}]}}


@pytest.mark.parametrize("errors", [b'"broken"', b"7", b"true", b'{"message":"x"}', b"[null]", b'[{"path":7}]'])
async def test_errors_of_the_wrong_form_are_errors_all_the_same(running, errors):
    running.wires["stock"].respond = says(b'{"data":{"_entities":[{"stock":1},{"stock":2}]},"errors":' + errors + b"}")

    answer = await running.ask(_QUERY)

    assert [product["stock"] for product in answer["data"]["products"]] == [1, 2]
    assert [error["extensions"] for error in answer["errors"]] == [{"code": "INTERNAL", "subgraph": "stock"}]


async def test_of_a_huge_list_of_errors_a_hundred_are_passed_on(running):
    errors = [{"message": f"no. {index}", "path": ["_entities", 0, "stock"]} for index in range(10_000)]
    running.wires["stock"].respond = says(orjson.dumps({"data": {"_entities": [None, None]}, "errors": errors}))

    answer = await running.ask(_QUERY)

    assert len(answer["errors"]) == 100


async def test_the_same_error_is_told_once_at_each_place(running):
    errors = [{"message": "out", "path": ["_entities", index, "stock"]} for index in (0, 0, 1)]
    running.wires["stock"].respond = says(orjson.dumps({"data": {"_entities": [None, None]}, "errors": errors}))

    answer = await running.ask(_QUERY)

    assert [error["path"] for error in answer["errors"]] == [["products", 0, "stock"], ["products", 1, "stock"]]


@pytest.mark.parametrize("status", [400, 401, 403, 422, 500])
async def test_errors_of_a_graphql_answer_with_another_status_are_passed_on(running, status):
    body = b'{"errors":[{"message":"no","extensions":{"code":"FORBIDDEN"}}]}'
    running.wires["stock"].respond = says(body, status=status, content_type="application/graphql-response+json")

    answer = await running.ask("{ places }")

    assert answer["data"] == {"places": None}
    assert [(error["message"], error["extensions"]["code"]) for error in answer["errors"]] == [("no", "FORBIDDEN")]


async def test_a_key_nested_too_deeply_to_be_sent_is_no_key(running):
    key = b"[" * 400 + b"]" * 400
    running.wires["catalog"].respond = says(b'{"data":{"products":[{"name":"n1","id":' + key + b"}]}}")

    answer = await running.ask("{ products { name stock } }")

    assert answer["data"] == {"products": [{"name": "n1", "stock": None}]}
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["REQUIREMENT_UNAVAILABLE"]
    assert running.wires["stock"].requests == []


@pytest.mark.parametrize("levels", [250, 1_000])
async def test_a_json_scalar_that_can_be_read_but_not_written_costs_only_itself(running, levels):
    running.wires["stock"].respond = says(b'{"data":{"anything":' + b"[" * levels + b"]" * levels + b',"places":3}}')
    before = _failures("malformed")

    answer = await running.ask("{ anything places }")

    assert answer["data"] == {"anything": None, "places": 3}
    assert [(error["path"], error["extensions"]["subgraph"]) for error in answer["errors"]] == [(["anything"], "stock")]
    assert _failures("malformed") == before + 1
