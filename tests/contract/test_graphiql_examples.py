"""The examples that GraphiQL offers are operations of the published graph."""

import json
import re
from pathlib import Path

import pytest
from graphql import OperationDefinitionNode, build_schema, parse, validate

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "web" / "graphiql" / "src" / "examples"


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.graphql")), ids=lambda path: path.stem)
def test_an_example_is_valid(path: Path):
    schema = build_schema((ROOT / "schema" / "supergraph.graphql").read_text(), assume_valid_sdl=True)
    document = parse(path.read_text())

    assert [error.message for error in validate(schema, document)] == []
    (operation,) = document.definitions
    assert isinstance(operation, OperationDefinitionNode)
    assert operation.name is not None


def test_every_example_is_offered_with_all_its_variables():
    index = (EXAMPLES / "index.js").read_text()
    offered = dict(re.findall(r"query: (\w+),?\s*(?:variables: variables\((\{[^}]*\})\))?", index))

    assert set(offered) == {path.stem for path in EXAMPLES.glob("*.graphql")}
    for name, variables in offered.items():
        wanted = set(re.findall(r"\$(\w+):", (EXAMPLES / f"{name}.graphql").read_text()))
        given = set(json.loads(re.sub(r"(\w+):", r'"\1":', variables))) if variables else set()
        assert given == wanted
