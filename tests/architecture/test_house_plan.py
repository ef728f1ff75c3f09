"""Every subgraph is the same house: a missing or unplanned name fails here."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HOUSES = sorted(folder for folder in (ROOT / "subgraphs").iterdir() if (folder / "__init__.py").exists())
REQUIRED = {
    "__init__",
    "app",
    "model",
    "events",
    "errors",
    "use_cases",
    "repository",
    "handlers",
    "graphql",
    "migrations",
}
OPTIONAL = {"ports", "adapters"}
GRAPHQL_ROOMS = {"__init__", "types", "queries", "mutations", "loaders", "schema"}
OPTIONAL_GRAPHQL_ROOMS = {"subscriptions"}
BANNED = {"utils", "helpers", "common", "misc", "base", "manager", "processor", "data", "info"}
PACKAGES = ("kernel", "subgraphs", "router", "bff", "workers", "cli")
MAX_LINES = 420
MAX_FUNCTION_LINES = 60


def rooms(folder: Path) -> set[str]:
    return {entry.stem for entry in folder.iterdir() if entry.name != "__pycache__"}


def sources() -> Iterator[Path]:
    for package in PACKAGES:
        yield from sorted((ROOT / package).rglob("*.py"))


@pytest.mark.parametrize("house", HOUSES, ids=lambda house: house.name)
def test_every_subgraph_is_the_same_house(house: Path):
    assert REQUIRED - rooms(house) == set()
    assert rooms(house) - REQUIRED - OPTIONAL == set()
    assert rooms(house / "graphql") - OPTIONAL_GRAPHQL_ROOMS == GRAPHQL_ROOMS
    assert ("ports" in rooms(house)) == ("adapters" in rooms(house))


@pytest.mark.parametrize("house", HOUSES, ids=lambda house: house.name)
def test_use_cases_are_named_verb_object(house: Path):
    names = rooms(house / "use_cases") - {"__init__"}

    assert names
    assert {name for name in names if "_" not in name} == set()


def test_no_file_has_a_name_that_says_nothing():
    assert [str(path) for path in sources() if path.stem in BANNED or path.stem.startswith("new_")] == []


def test_no_file_outgrows_its_page():
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in sources()}

    assert {name: length for name, length in lengths.items() if length > MAX_LINES} == {}


def test_no_function_outgrows_its_screen():
    too_long = {
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}": node.end_lineno - node.lineno + 1
        for path in sources()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno + 1 > MAX_FUNCTION_LINES
        and "migrations" not in path.parts
    }

    assert too_long == {}


def test_every_module_says_what_it_is():
    assert [str(path) for path in sources() if not ast.get_docstring(ast.parse(path.read_text()))] == []


def test_subgraphs_read_in_batches_and_resolve_no_reference_by_itself():
    one_by_one = ("DataLoader", "resolve_reference", "session.scalars", "AsyncSession")
    rooms_of_the_graph = [path for house in HOUSES for path in sorted((house / "graphql").rglob("*.py"))]

    assert [str(path) for path in rooms_of_the_graph if any(word in path.read_text() for word in one_by_one)] == []
