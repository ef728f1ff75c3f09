from pathlib import Path

import jsonschema
import orjson
import pytest
from graphql import GraphQLScalarType, build_schema, parse

from bff.web.rest.endpoints import ENDPOINTS
from cli.rest_description.schemas import Components, UndescribedType, leaf, output_schema
from tests.factories.bff import ROOT

API = build_schema("""
  enum Colour { RED BLUE }
  input Paint { colour: Colour!, litres: Int = 1, mixed: [Paint!] }
  type Wall { id: ID!, colour: Colour, paints: [Wall!]! }
  type Query { wall(paint: Paint!): Wall }
""")
OUTPUT = parse("{ wall { id colour paints { id } } }").definitions[0].selection_set.selections[0].selection_set  # pyright: ignore[reportAttributeAccessIssue]
DESCRIPTION = orjson.loads((ROOT / "schema" / "openapi.json").read_bytes())


def test_an_input_is_a_closed_component_that_may_refer_to_itself():
    components = Components(API)
    (operation,) = parse("query ($paint: [Paint!]!) { wall { id } }").definitions

    schema = components.variable_schema(operation.variable_definitions[0].type)  # pyright: ignore[reportAttributeAccessIssue]

    assert schema == {"type": "array", "items": {"$ref": "#/components/schemas/Paint"}}
    assert components.schemas["Paint"] == {
        "type": "object",
        "properties": {
            "colour": {"type": "string", "enum": ["RED", "BLUE"]},
            "litres": {"type": ["integer", "null"], "minimum": -(2**31), "maximum": 2**31 - 1},
            "mixed": {"type": ["array", "null"], "items": {"$ref": "#/components/schemas/Paint"}},
        },
        "required": ["colour"],
        "additionalProperties": False,
    }


def test_an_answer_has_the_selected_members_and_no_other():
    schema = output_schema(API.type_map["Wall"], OUTPUT)

    assert schema["type"] == ["object", "null"]
    assert schema["required"] == ["id", "colour", "paints"]
    jsonschema.validate({"id": "1", "colour": None, "paints": [{"id": "2"}]}, schema)
    for wrong in ({"id": "1", "colour": "GREEN", "paints": []}, {"id": "1", "colour": None, "paints": None}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, schema)


def test_a_scalar_that_nobody_described_stops_the_description():
    with pytest.raises(UndescribedType, match="Moon"):
        leaf(GraphQLScalarType("Moon"))


def test_every_endpoint_is_described_with_a_name_of_its_own():
    names = [operation["operationId"] for path in DESCRIPTION["paths"].values() for operation in path.values()]

    assert len(names) == len(set(names)) == sum(len(endpoint.paths) for endpoint in ENDPOINTS)


def test_every_operation_needs_the_session_and_the_header():
    assert DESCRIPTION["security"] == [{"session": []}]
    assert DESCRIPTION["components"]["securitySchemes"]["session"]["name"] == "__Host-retailflow-session"
    for path in DESCRIPTION["paths"].values():
        for operation in path.values():
            (header,) = [item for item in operation["parameters"] if item["name"] == "x-retail-csrf"]
            assert (header["required"], header["schema"]["enum"]) == (True, ["1"])
            assert {"401", "403"} <= operation["responses"].keys()


def test_every_endpoint_is_in_the_guide():
    guide = Path(ROOT / "docs" / "guides" / "rest.md").read_text()

    assert [path for path in DESCRIPTION["paths"] if path.startswith("/api/") and f"`{path}`" not in guide] == []
