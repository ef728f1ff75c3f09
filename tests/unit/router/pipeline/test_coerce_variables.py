"""Variables that need no coercion get the same answer as those that do."""

import pytest
from graphql import OperationDefinitionNode, build_schema, parse

from router.pipeline.limit import Limits
from router.pipeline.refusal import RequestRefused
from router.pipeline.validate import coerce_variables

_SCHEMA = build_schema("type Query { f(id: ID, number: Int, ratio: Float, flag: Boolean = true, ids: [ID!]): Int }")


def _operation(signature: str) -> OperationDefinitionNode:
    definition = parse(f"query({signature}) {{ f }}").definitions[0]
    assert isinstance(definition, OperationDefinitionNode)
    return definition


@pytest.mark.parametrize(
    ("signature", "given", "coerced"),
    [
        ("$id: ID!", {"id": "a"}, {"id": "a"}),
        ("$id: ID!", {"id": 7}, {"id": "7"}),
        ("$number: Int, $flag: Boolean!", {"number": 3, "flag": False}, {"number": 3, "flag": False}),
        ("$flag: Boolean = true", {}, {"flag": True}),
        ("$number: Int", {"number": None}, {"number": None}),
        ("$ratio: Float", {"ratio": 1}, {"ratio": 1.0}),
        ("$ids: [ID!]", {"ids": "a"}, {"ids": ["a"]}),
        ("$id: ID", {"id": "a", "unknown": 1}, {"id": "a"}),
    ],
)
def test_variables_are_coerced_to_their_types(signature: str, given: dict[str, object], coerced: dict[str, object]):
    assert coerce_variables(_SCHEMA, _operation(signature), given, Limits()) == coerced  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("signature", "given"),
    [
        ("$id: ID!", {}),
        ("$number: Int", {"number": 2**31}),
        ("$number: Int", {"number": True}),
        ("$flag: Boolean", {"flag": "yes"}),
        ("$number: Int, $id: ID", {"number": 1, "id": 1.5}),
    ],
)
def test_a_variable_of_another_type_is_refused(signature: str, given: dict[str, object]):
    with pytest.raises(RequestRefused) as refused:
        coerce_variables(_SCHEMA, _operation(signature), given, Limits())  # pyright: ignore[reportArgumentType]

    assert len(refused.value.errors) == 1
