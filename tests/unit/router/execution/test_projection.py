"""Generated projections complete random answers, good and bad, as interpreting them field by field does."""

import os
import random
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import orjson
import pytest
from graphql import OperationType, parse, validate
from hypothesis import HealthCheck, Phase, assume, given, note, settings
from hypothesis import strategies as st

from router.execution.generated import UnsafeName, quoted
from router.execution.projection import Projection
from router.execution.shapes import FieldShape, Shapes, TypeShape
from router.planning.planner import Planner, read_operation
from tests.factories.federation import FederatedGraph, World
from tests.factories.interpreted_execution import InterpretedProjection
from tests.factories.operations import operations

_SDL = """
  scalar Moment
  enum Colour { RED GREEN BLUE }
  interface Thing { id: ID! name: String owner: Owner }
  interface Sized implements Thing { id: ID! name: String owner: Owner size: Size! sizes: [Size!]! }
  type Box implements Sized & Thing {
    id: ID! name: String owner: Owner size: Size! sizes: [Size!]! colour: Colour! colours: [Colour] weight: Float
    inside: [Thing!] pairs: [[Int!]!]! at: Moment! any: Anything grid: [[Size]]
  }
  type Card implements Thing {
    id: ID! name: String owner: Owner text: String! count: Int is_read: Boolean! next: Card rows: [[String]!]
    moments: [Moment]
  }
  type Owner { id: ID! things: [Thing]! best: Thing! boxes: [Box!] friend: Owner any: [Anything!]! }
  type Size { w: Int! h: Float! unit: String is_even: Boolean colour: Colour }
  union Anything = Box | Card | Owner
  type Query { things: [Thing!]! box: Box card: Card! owner: Owner any: Anything anything: [Anything!] sized: Sized!
    now: Moment! }
"""
_VARIABLES = {"yes": True, "no": False}
_JUNK = [None, None, None, 7, -(2**31), 2**31, 2**70, -0.0, 1.5, True, False, "", "x", "RED", [], [None], {}, {"a": 1}]
_FUZZED = settings(
    max_examples=int(os.environ.get("RETAILFLOW_FUZZ_EXAMPLES", "150")),
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


@lru_cache(maxsize=1)
def _graph() -> FederatedGraph:
    return FederatedGraph(World(), {"all": _SDL})


def _shapes(query: str, denied: dict[tuple[str, str], str] | None = None) -> Shapes:
    router = _graph().router
    document = parse(query)
    operation = read_operation(document, document.definitions[0], router.supergraph, _VARIABLES)
    plan = Planner(router.supergraph).plan(operation, frozenset(denied or {}))
    assert operation.kind is OperationType.QUERY
    return Shapes(router.schema, router.supergraph, plan, denied or {})


class _Answers:
    """Answers of a shape, with about one value in `rarity` being anything else."""

    def __init__(self, shapes: Shapes, seed: int, rarity: int) -> None:
        self._shapes = shapes
        self._random = random.Random(seed)
        self._rarity = rarity
        self.paths: list[list[str | int]] = []

    def object(self, fields: tuple[FieldShape, ...], at: tuple[str | int, ...] = ()) -> dict[str, Any]:
        result = {}
        for field in self._random.sample(fields, len(fields)):
            if self._is_odd() and self._random.random() < 0.3:
                continue
            result[field.key] = self._typed(field, field.type, (*at, field.key))
        return result

    def _is_odd(self) -> bool:
        return self._random.randrange(self._rarity) == 0

    def _typed(self, field: FieldShape, layer: TypeShape, at: tuple[str | int, ...]) -> Any:
        self.paths.append(list(at))
        if self._is_odd():
            return self._random.choice(_JUNK)
        if not layer.is_non_null and self._random.random() < 0.1:
            return None
        if layer.item is not None:
            return [self._typed(field, layer.item, (*at, index)) for index in range(self._random.randrange(3))]
        return self._leaf(field) if field.selection is None else self._composite(field, at)

    def _composite(self, field: FieldShape, at: tuple[str | int, ...]) -> Any:
        possible = _graph().router.supergraph.possible_types(field.named_type)
        typename = self._random.choice(possible)
        shape = self._shapes.below(field, typename)
        result = self.object(shape.fields if shape is not None else (), at)
        if len(possible) > 1:
            junk = [*_JUNK, "Query", "Thing", "Nothing"]
            result[field.typename_key] = self._random.choice(junk) if self._is_odd() else typename
        return result

    def _leaf(self, field: FieldShape) -> Any:
        values = {
            "ID": ["1", 1],
            "Int": [0, -5],
            "Float": [1.5, 2],
            "Boolean": [True, False],
            "Colour": ["RED", "GREEN", "PINK"],
            "Moment": ["2026-01-01", {"year": 2026}, [1], 2**40],
        }
        return self._random.choice(values.get(field.named_type, ["a", "ü"]))


def _cases(data: Any) -> tuple[Shapes, dict[str, Any], list[dict[str, Any]]]:
    graph = _graph()
    query = data.draw(operations(graph.router.schema))
    assume(not validate(graph.router.schema, parse(query)))
    seed, rarity = data.draw(st.integers(0, 10**9)), data.draw(st.sampled_from([4, 15, 60, 10**6]))
    note(f"{query} seed {seed} rarity {rarity}")
    chance = random.Random(seed)
    coordinates = [(name, field) for name, known in graph.router.supergraph.types.items() for field in known.fields]
    denied = {coordinate: "FORBIDDEN" for coordinate in coordinates if chance.randrange(rarity) == 0}
    shapes = _shapes(query, denied)
    answers = _Answers(shapes, seed, rarity)
    values = answers.object(shapes.root().fields)
    known_paths = chance.sample(answers.paths, min(len(answers.paths), chance.choice([0, 0, 1, 3])))
    return shapes, values, [{"message": "failed", "path": path} for path in known_paths]


@_FUZZED
@given(st.data())
def test_random_answers_are_completed_as_by_interpretation(data):
    shapes, values, errors = _cases(data)
    before = repr(values)
    ours, theirs = [*errors], [*errors]

    completed = Projection(shapes, max_fields=data.draw(st.sampled_from([5_000, 3]))).complete(values, ours)

    expected = InterpretedProjection(shapes).complete(values, theirs)
    assert repr(completed) == repr(expected), "values, their types and the order of keys"
    assert ours == theirs
    assert repr(values) == before


def _box(**fields: Any) -> dict[str, Any]:
    return {"__typename": "Box", **fields}


def _completed(query: str, values: dict[str, Any]) -> tuple[Any, list[tuple[Any, str]]]:
    errors: list[Any] = []
    data = Projection(_shapes(query)).complete(values, errors)
    return data, [(error["path"], error["message"]) for error in errors]


def test_keys_come_in_the_clients_order_under_the_clients_names():
    query = "{ b: box { size { h w } __typename i: id name } }"
    box = {"name": "n", "i": 1, "size": {"w": 1, "h": 2, "more": 3}}

    data, errors = _completed(query, {"b": box})

    assert orjson.dumps(data) == b'{"b":{"size":{"h":2,"w":1},"__typename":"Box","i":"1","name":"n"}}'
    assert errors == []


def test_a_null_travels_to_the_nearest_nullable_item():
    boxes = {"owner": {"boxes": [{"size": {"w": 1}}, {"size": {"w": None}}], "things": [_box(id="1"), _box(id=None)]}}

    data, errors = _completed("{ owner { boxes { size { w } } things { id } } }", boxes)

    assert data == {"owner": {"boxes": None, "things": [{"id": "1"}, None]}}
    assert errors == [
        (["owner", "boxes", 1, "size", "w"], "Cannot return null for non-nullable field Size.w."),
        (["owner", "things", 1, "id"], "Cannot return null for non-nullable field Box.id."),
    ]


class _Text(str):
    __slots__ = ()


_NOT_OF_ITS_TYPE = object()


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("card { count }", 2**31 - 1, 2**31 - 1),
        ("card { count }", -(2**31), -(2**31)),
        ("card { count }", 2**31, _NOT_OF_ITS_TYPE),
        ("card { count }", -(2**31) - 1, _NOT_OF_ITS_TYPE),
        ("card { count }", True, _NOT_OF_ITS_TYPE),
        ("card { count }", 1.0, 1),
        ("card { count }", 1.5, _NOT_OF_ITS_TYPE),
        ("card { count }", 2.0**31, _NOT_OF_ITS_TYPE),
        ("card { count }", "1", _NOT_OF_ITS_TYPE),
        ("card { name }", _Text("n"), "n"),
        ("card { name }", 1, _NOT_OF_ITS_TYPE),
        ("card { name }", {}, _NOT_OF_ITS_TYPE),
        ("box { weight }", 2**62, 2**62),
        ("box { weight }", 2**70, 2.0**70),
        ("box { weight }", 2**5000, _NOT_OF_ITS_TYPE),
        ("box { weight }", False, _NOT_OF_ITS_TYPE),
        ("box { weight }", "1.5", _NOT_OF_ITS_TYPE),
        ("box { colours }", ["RED", None], ["RED", None]),
        ("box { colours }", "RED", _NOT_OF_ITS_TYPE),
        ("card { moments }", [{"year": 1}, None, [2], 3], [{"year": 1}, None, [2], 3]),
        ("card { next { name } }", [], _NOT_OF_ITS_TYPE),
        ("card { next { name } }", {}, {"name": None}),
    ],
)
def test_a_nullable_value_is_read_or_becomes_null_and_an_error(field, value, expected):
    parent, name = field.replace("{", "").split()[:2]

    data, errors = _completed(f"{{ {field} }}", {parent: {name: value}})

    is_refused = expected is _NOT_OF_ITS_TYPE
    title = f"{parent.capitalize()}.{name}"
    assert data == {parent: {name: None if is_refused else expected}}
    assert errors == ([([parent, name], f"the value of {title} is not of its type")] if is_refused else [])


def test_a_number_too_large_to_be_written_costs_only_its_place_in_a_list_of_a_custom_scalar():
    data, errors = _completed("{ card { moments } }", {"card": {"moments": [1, 2**70]}})

    assert data == {"card": {"moments": [1, None]}}
    assert errors == [(["card", "moments", 1], "the value of Card.moments is not of its type")]


@pytest.mark.parametrize(
    ("value", "expected"),
    [(7, "7"), ("7", "7"), (2**70, str(2**70)), (True, None), (7.0, None), ([], None), ({}, None)],
)
def test_an_identifier_is_a_text_in_the_end(value, expected):
    data, errors = _completed("{ owner { friend { id } } }", {"owner": {"friend": {"id": value}}})

    assert data == {"owner": {"friend": None if expected is None else {"id": expected}}}
    assert [path for path, _ in errors] == ([["owner", "friend", "id"]] if expected is None else [])


@pytest.mark.parametrize("value", ["PINK", "red", 1, [], {}, ["RED"], True])
def test_a_value_an_enum_does_not_have_is_an_error_of_its_item(value):
    data, errors = _completed("{ box { colours } }", {"box": {"colours": ["RED", value]}})

    assert data == {"box": {"colours": ["RED", None]}}
    assert errors == [(["box", "colours", 1], "the value of Box.colours is not of its type")]


@pytest.mark.parametrize("typename", ["Card ", "Thing", "Query", "__Type", "Owner", None, 5, [], {}])
def test_a_type_the_client_cannot_see_there_is_null_and_an_error(typename):
    data, errors = _completed(
        "{ owner { things { id ... on Card { text } } } }", {"owner": {"things": [{"__typename": typename, "id": "1"}]}}
    )

    assert data == {"owner": {"things": [None]}}
    assert errors == [(["owner", "things", 0], "the value of Owner.things is not of its type")]


def test_types_that_a_subgraph_invents_are_not_remembered():
    projection = Projection(_shapes("{ owner { things { id } } }"))
    known = len(list(projection.sources()))

    for number in range(100):
        projection.complete({"owner": {"things": [{"__typename": f"T{number}"}]}}, [])

    assert len(list(projection.sources())) == known


def test_functions_beyond_the_limit_are_made_again_and_not_kept():
    shapes = _shapes("{ things { ... on Box { inside { ... on Box { id name } ... on Card { text count } } } id } }")
    projection = Projection(shapes, max_fields=4)
    things = [
        _box(id="1", inside=[_box(id="2", name="a"), {"__typename": "Card", "text": "t", "count": 1}]),
        {"__typename": "Card", "id": "3"},
    ]

    answers = [projection.complete({"things": things}, []) for _ in range(50)]

    assert (
        answers
        == [{"things": [{"inside": [{"id": "2", "name": "a"}, {"text": "t", "count": 1}], "id": "1"}, {"id": "3"}]}]
        * 50
    )
    assert len(list(projection.sources())) <= 4


def _nested(depth: int, leaf: Any) -> dict[str, Any]:
    return {"friend": _nested(depth - 1, leaf)} if depth else {"id": leaf}


@pytest.mark.parametrize("depth", [1, 7, 8, 9, 40, 90])
def test_objects_are_completed_at_any_depth(depth):
    query = "{ owner " + "{ friend " * depth + "{ id }" + " }" * depth + " }"

    data, errors = _completed(query, {"owner": _nested(depth, 5)})
    failed, failures = _completed(query, {"owner": _nested(depth, None)})

    assert (data, errors) == ({"owner": _nested(depth, "5")}, [])
    assert failed == {"owner": _nested_null(depth)}
    assert failures == [(["owner", *["friend"] * depth, "id"], "Cannot return null for non-nullable field Owner.id.")]


def _nested_null(depth: int) -> dict[str, Any] | None:
    return {"friend": _nested_null(depth - 1)} if depth else None


def test_lists_inside_each_other_are_completed_at_any_depth():
    depth = 16
    query = "{ owner " + "{ boxes { owner " * depth + "{ id }" + " } }" * depth + " }"

    def answer(level: int) -> Any:
        return {"boxes": [{"owner": answer(level - 1)}]} if level else {"id": "1"}

    assert _completed(query, {"owner": answer(depth)}) == ({"owner": answer(depth)}, [])


@pytest.mark.parametrize(
    "name", ["", "a b", "a'", 'a"', "a\n", "ü", "1a", "a-b", "a.", ".a", "a\\", "a;b", "{a}", "a\u2028"]
)
def test_only_names_become_source(name):
    with pytest.raises(UnsafeName):
        quoted(name)


def _all_text(values: Any) -> Iterator[str]:
    if isinstance(values, dict):
        for key, value in values.items():
            yield key
            yield from _all_text(value)


@pytest.mark.parametrize(
    "name", ["None", "True", "import", "at", "value", "faults", "v1", "__class__", "Null", "__builtins__"]
)
def test_any_alias_is_only_a_key(name):
    data, errors = _completed(f"{{ {name}: box {{ {name}: id name }} }}", {name: {name: "1", "name": "n"}})

    assert (data, errors) == ({name: {name: "1", "name": "n"}}, [])
    assert set(_all_text(data)) == {name, "name"}
