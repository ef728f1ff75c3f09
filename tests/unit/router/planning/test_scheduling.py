"""Fetches wait for what they need and for nothing else, unless waiting saves a request and makes nobody wait longer."""

from graphql import parse

from router.composition import compose
from router.planning.cost import PlanCost
from router.planning.planner import Planner, read_operation
from router.planning.supergraph_loader import load_supergraph
from tests.unit.router.composition.documents import sources


def _cost(documents: dict[str, str], query: str) -> PlanCost:
    supergraph = load_supergraph(compose(sources(documents)).supergraph_sdl).supergraph
    document = parse(query)
    return Planner(supergraph).plan(read_operation(document, document.definitions[0], supergraph, {})).cost


_PRODUCT = 'type Query { p: P } type P @key(fields: "id") { id: ID! }'


def test_who_needs_two_answers_does_not_wait_for_a_longer_chain_beside_them():
    documents = {
        "a": _PRODUCT,
        "left": 'type P @key(fields: "id") { id: ID! x: ID! @shareable }',
        "right": 'type P @key(fields: "id") { id: ID! y: ID! @shareable }',
        "both": 'type P @key(fields: "x y") { x: ID! y: ID! n: Int }',
        "first": 'type P @key(fields: "id") @key(fields: "e") { id: ID! e: ID! }',
        "second": 'type P @key(fields: "e") @key(fields: "f") { e: ID! f: ID! }',
        "third": 'type P @key(fields: "f") { f: ID! m: Int }',
    }

    cost = _cost(documents, "{ p { n m } }")

    assert (cost.hops, cost.requests) == (4, 7)


def test_an_early_look_up_of_an_object_travels_with_a_later_one_of_the_same_subgraph():
    documents = {
        "a": _PRODUCT,
        "b": 'type P @key(fields: "id") { id: ID! x: Int }',
        "c": 'type P @key(fields: "id") { id: ID! x: Int @external y: Int @requires(fields: "x") z: Int }',
        "d": 'type P @key(fields: "id") { id: ID! y: Int @external z: Int @external'
        ' v: Int @requires(fields: "y") w: Int @requires(fields: "z") }',
    }

    cost = _cost(documents, "{ p { v w } }")

    assert (cost.hops, cost.requests) == (4, 4)


def test_an_early_look_up_is_not_kept_waiting_where_another_waits_for_it():
    documents = {
        "a": _PRODUCT,
        "b": 'type P @key(fields: "id") { id: ID! x: Int }',
        "c": 'type P @key(fields: "id") { id: ID! x: Int @external y: Int @requires(fields: "x") z: Int }',
        "d": 'type P @key(fields: "id") { id: ID! z: Int @external w: Int @requires(fields: "z") }',
    }

    cost = _cost(documents, "{ p { y w } }")

    assert (cost.hops, cost.requests) == (3, 5)


def test_look_ups_at_different_depths_travel_together_when_one_can_wait():
    documents = {
        "a": 'type Query { p: P } type P @key(fields: "id") { id: ID! owner: U } type U @key(fields: "id") { id: ID! }',
        "b": 'type P @key(fields: "id") { id: ID! maker: U } type U @key(fields: "id", resolvable: false) { id: ID! }',
        "c": 'type U @key(fields: "id") { id: ID! name: String }',
    }

    cost = _cost(documents, "{ p { owner { name } maker { name } } }")

    assert (cost.hops, cost.requests) == (3, 3)
