import importlib

import pytest
from graphql import build_schema, parse, validate

from workers.checkout_saga.steps import DOCUMENTS


@pytest.mark.parametrize("subgraph", sorted(DOCUMENTS))
def test_what_the_saga_calls_is_what_the_subgraph_offers(subgraph: str):
    sdl = importlib.import_module(f"subgraphs.{subgraph}.graphql.schema").build_schema().as_str()
    # federation's own directives are defined elsewhere
    schema = build_schema(sdl, assume_valid_sdl=True)

    assert [error.message for document in DOCUMENTS[subgraph] for error in validate(schema, parse(document))] == []
