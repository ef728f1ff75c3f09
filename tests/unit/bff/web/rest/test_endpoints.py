from collections import Counter

import pytest
from graphql import OperationDefinitionNode, parse

from bff.web.rest.description import Description, NotDescribed
from bff.web.rest.endpoints import ENDPOINTS, Endpoint, place_of
from tests.factories.bff import ROOT

OPERATIONS = ROOT / "schema" / "operations" / "rest"


def operation_of(endpoint: Endpoint) -> OperationDefinitionNode:
    (node,) = parse((OPERATIONS / f"{endpoint.operation}.graphql").read_text()).definitions
    assert isinstance(node, OperationDefinitionNode)
    return node


def test_every_operation_is_served_and_none_is_missing():
    assert {endpoint.operation for endpoint in ENDPOINTS} == {path.stem for path in OPERATIONS.glob("*.graphql")}


def test_no_method_is_declared_twice_at_a_path():
    places = Counter((endpoint.method, path) for endpoint in ENDPOINTS for path in endpoint.paths)

    assert [place for place, times in places.items() if times > 1] == []


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: f"{endpoint.method} {endpoint.paths[0]}")
def test_what_reads_is_a_query_and_what_writes_a_mutation(endpoint: Endpoint):
    assert operation_of(endpoint).operation.value == ("query" if endpoint.method == "GET" else "mutation")


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: f"{endpoint.method} {endpoint.paths[0]}")
def test_each_name_in_a_path_is_a_variable(endpoint: Endpoint):
    variables = {node.variable.name.value for node in operation_of(endpoint).variable_definitions or ()}
    in_path = {name for name in variables if place_of(endpoint, name)[0] == "path"}

    for path in endpoint.paths:
        assert {part.strip("{}") for part in path.split("/") if part.startswith("{")} == in_path
    assert endpoint.if_match is None or endpoint.if_match in variables


def test_an_endpoint_that_is_not_described_is_not_served():
    described = Description(ROOT / "schema" / "openapi.json")

    with pytest.raises(NotDescribed, match="invented"):
        described.contract_of(Endpoint("GET", ("/api/invented",), "invented", ("me",), "Not there"))
