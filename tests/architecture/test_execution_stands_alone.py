"""The compiled executor could leave as a package of its own: it needs GraphQL libraries and nothing of ours."""

import ast
import sys
from pathlib import Path

import pytest

_PACKAGE = "kernel.graphql.execution"
_FOLDER = Path(__file__).parents[2] / "kernel/graphql/execution"
_LIBRARIES = frozenset({"graphql", "strawberry", "orjson", "typing_extensions"})


def _imports(source: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(source.read_text())):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{source.name} imports relatively"
            found.add(node.module or "")
    return found


@pytest.mark.parametrize("source", sorted(_FOLDER.rglob("*.py")), ids=lambda path: path.name)
def test_the_executor_imports_graphql_libraries_and_itself_only(source: Path) -> None:
    foreign = {
        name
        for name in _imports(source)
        if name.split(".")[0] not in sys.stdlib_module_names | _LIBRARIES
        and not (name == _PACKAGE or name.startswith(f"{_PACKAGE}."))
    }

    assert foreign == set()
