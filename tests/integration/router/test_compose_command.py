"""`python -m router compose`: what it writes, prints and answers with."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from router.__main__ import main
from tests.factories.federation import LINK

CATALOG = 'type Query { product: Product } "A thing." type Product @key(fields: "id") { id: ID! name: String }'
STOCK = 'type Product @key(fields: "id") { id: ID! stock: Int }'
ROOT = Path(__file__).parents[3]
CONFIG = """
federation_version: 2
subgraphs:
  catalog: {routing_url: "http://catalog.test/graphql", schema: {file: catalog.graphql}}
  stock: {routing_url: "http://stock.test/graphql", schema: {file: stock.graphql}}
"""


@pytest.fixture(name="config")
def _config(tmp_path: Path) -> Path:
    (tmp_path / "catalog.graphql").write_text(LINK + CATALOG)
    (tmp_path / "stock.graphql").write_text(LINK + STOCK)
    path = tmp_path / "supergraph.yaml"
    path.write_text(CONFIG)
    return path


def compose(config: Path, *options: object) -> int:
    return main(["compose", "--config", str(config), *map(str, options)])


def test_a_yaml_file_composes_to_standard_output(config, capsys):
    status = compose(config)

    output = capsys.readouterr()
    assert (status, output.err) == (0, "")
    assert '  CATALOG @join__graph(name: "catalog", url: "http://catalog.test/graphql")\n' in output.out


def test_hints_go_to_standard_error_grouped_by_code_with_their_places(config, capsys):
    (config.parent / "stock.graphql").write_text(LINK + '"Goods." ' + STOCK)

    status = compose(config, "--out", config.parent / "out.graphql")

    output = capsys.readouterr()
    assert (status, output.out) == (0, "")
    assert output.err == (
        "The subgraphs compose, with 1 hint\n\n"
        "INCONSISTENT_DESCRIPTION\n"
        "  Product  [catalog, stock]\n"
        "    the subgraphs describe it differently; the most frequent description is taken\n\n"
    )


def test_errors_of_composition_leave_the_output_alone(config, capsys):
    (config.parent / "stock.graphql").write_text(LINK + STOCK.replace("stock: Int", "stock: Int name: Int"))
    out = config.parent / "out.graphql"
    out.write_text("the last good one")

    status = compose(config, "--out", out)

    output = capsys.readouterr()
    assert (status, output.out, out.read_text()) == (1, "", "the last good one")
    assert output.err.startswith("The subgraphs do not compose: ")
    assert "\nINVALID_FIELD_SHARING\n  Product.name  [catalog, stock]\n    " in output.err


FEDERATION = "https://specs.apollo.dev/federation"
BROKEN_SDL = {
    "syntax": (
        "type Query {\n  a: Int",
        "INVALID_GRAPHQL",
        "line 2, column 9: Syntax Error: Expected Name, found <EOF>.",
    ),
    "version": (
        f'extend schema @link(url: "{FEDERATION}/v2.99") type Query {{ a: Int }}',
        "UNKNOWN_FEDERATION_LINK_VERSION",
        "federation v2.99 is not known; known are v2.0 to v2.12",
    ),
    "import": (
        f'extend schema @link(url: "{FEDERATION}/v2.9", import: ["@magic"]) type Query {{ a: Int }}',
        "INVALID_LINK_DIRECTIVE_USAGE",
        'federation v2.9 has no element "@magic" to import',
    ),
}


@pytest.mark.parametrize("name", BROKEN_SDL)
def test_a_broken_sdl_is_told_with_code_subgraph_and_place(config, capsys, name):
    sdl, code, message = BROKEN_SDL[name]
    (config.parent / "stock.graphql").write_text(sdl)

    status = compose(config, "--json")

    (error,) = json.loads(capsys.readouterr().out)["errors"]
    assert (status, error["code"], error["subgraphs"], error["message"]) == (1, code, ["stock"], message)


def test_a_name_given_twice_in_a_json_list_is_told(tmp_path, capsys):
    path = tmp_path / "subgraphs.json"
    path.write_text(json.dumps([{"name": "a", "url": "", "sdl": CATALOG}, {"name": "a", "url": "", "sdl": CATALOG}]))

    status = compose(path)

    assert (status, capsys.readouterr().err) == (
        1,
        'The subgraphs do not compose: 1 error\n\nINVALID_SUBGRAPH_NAME\n  [a]\n    2 subgraphs are named "a"\n\n',
    )


def test_a_folder_that_is_not_there_is_told(config, capsys):
    out = config.parent / "nowhere" / "out.graphql"

    status = compose(config, "--out", out)

    assert (status, capsys.readouterr().err) == (1, f"{out} cannot be written: No such file or directory\n")


def test_a_check_lists_what_breaks_and_writes_nothing(config, tmp_path, capsys):
    old, out, operations = tmp_path / "old.graphql", tmp_path / "out.graphql", tmp_path / "operations"
    compose(config, "--out", old)
    operations.mkdir()
    (operations / "product.graphql").write_text("query Product { product { name stock } }")
    (config.parent / "stock.graphql").write_text(LINK + STOCK.replace("stock: Int", "level: Int"))

    status = compose(config, "--check", old, "--operations", operations, "--out", out)

    output = capsys.readouterr()
    assert (status, output.err, out.exists()) == (1, "", False)
    assert output.out == (
        "1 breaking change\n\n"
        "FIELD_REMOVED\n"
        "  Field Product.stock was removed.\n\n"
        "1 broken operation\n\n"
        f"  {operations}/product.graphql\n"
        "    1:32 Cannot query field 'stock' on type 'Product'.\n\n"
        "refused: 1 breaking change, 1 broken operation\n"
    )


def test_a_check_that_finds_nothing_writes_the_new_supergraph(config, tmp_path, capsys):
    old, out, operations = tmp_path / "old.graphql", tmp_path / "out.graphql", tmp_path / "operations"
    compose(config, "--out", old)
    operations.mkdir()
    (operations / "product.graphql").write_text("{ product { stock } }")
    (config.parent / "stock.graphql").write_text(LINK + STOCK.replace("stock: Int", "stock: Int level: Int"))

    status = compose(config, "--check", old, "--operations", operations, "--out", out)

    assert (status, capsys.readouterr().out) == (0, "nothing breaks\n")
    assert "level: Int" in out.read_text()


def test_a_check_prints_json_for_tools(config, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    old = tmp_path / "old.graphql"
    compose(config, "--out", old)
    (config.parent / "stock.graphql").write_text(LINK + STOCK.replace("stock: Int", ""))

    status = compose(config, "--check", old, "--json")

    assert status == 1
    assert json.loads(capsys.readouterr().out) == {
        "errors": [],
        "hints": [],
        "breaking": [{"kind": "FIELD_REMOVED", "description": "Field Product.stock was removed."}],
        "dangerous": [],
        "operations": [],
    }


NO_SUPERGRAPHS = {
    "missing": (None, "{old} cannot be read: No such file or directory"),
    "plain_schema": ("type Query { a: Int }", "{old}: SUPERGRAPH_NOT_COMPOSED: the document has no join__Graph enum"),
    "truncated": ("type Query {", "{old}: SUPERGRAPH_SYNTAX: the supergraph is not valid GraphQL: Syntax Error"),
}


@pytest.mark.parametrize("name", NO_SUPERGRAPHS)
def test_a_check_against_no_supergraph_is_refused(config, tmp_path, capsys, name):
    content, reason = NO_SUPERGRAPHS[name]
    old = tmp_path / "old.graphql"
    if content is not None:
        old.write_text(content)

    status = compose(config, "--check", old)

    output = capsys.readouterr()
    assert (status, output.out) == (1, "")
    assert output.err.startswith(reason.format(old=old))


@pytest.mark.parametrize(
    "options",
    [
        ["--watch"],
        ["--watch", "--out", "x", "--json"],
        ["--watch", "--out", "x", "--check", "y"],
        ["--operations", "x"],
        ["--interval", "0"],
    ],
)
def test_options_that_contradict_each_other_end_with_two(config, options):
    with pytest.raises(SystemExit) as ended:
        compose(config, *options)

    assert ended.value.code == 2


def test_watching_follows_the_files_until_it_is_ended(config):
    out = config.parent / "out.graphql"
    arguments = ["compose", "--config", str(config), "--out", str(out), "--watch", "--interval", "0.05"]
    process = subprocess.Popen(
        [sys.executable, "-m", "router", *arguments],
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "NO_COLOR": "1"},
    )
    assert process.stderr is not None
    first = process.stderr.readline()
    (config.parent / "stock.graphql").write_text(LINK + STOCK.replace("stock: Int", "stock: Int level: Int"))
    second = process.stderr.readline()
    # not SIGINT: whatever was started in the background of a shell ignores it, and so do its children
    process.send_signal(signal.SIGTERM)
    _, rest = process.communicate(timeout=30)

    assert [line[9:] for line in (first, second)] == [f"wrote {out} (2 subgraphs, 0 hints)\n"] * 2
    assert (process.returncode, rest) == (0, "")
    assert "level: Int" in out.read_text()


@pytest.mark.parametrize("name", NO_SUPERGRAPHS)
def test_serving_no_supergraph_ends_with_one(tmp_path, capsys, name):
    content, reason = NO_SUPERGRAPHS[name]
    path = tmp_path / "supergraph.graphql"
    if content is not None:
        path.write_text(content)

    status = main(["serve", "--supergraph", str(path)])

    assert status == 1
    assert capsys.readouterr().err.startswith(reason.format(old=path))


def test_serving_subgraphs_that_do_not_compose_ends_with_one_and_a_log_line_each(config):
    (config.parent / "stock.graphql").write_text("type")

    ended = subprocess.run(
        [sys.executable, "-m", "router", "serve", "--config", str(config)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    (line,) = [json.loads(line) for line in ended.stdout.splitlines()]
    assert (ended.returncode, line["event"], line["code"], line["subgraphs"]) == (
        1,
        "subgraphs_refused",
        "INVALID_GRAPHQL",
        ["stock"],
    )
    assert "INVALID_GRAPHQL\n  [stock]\n    line 1, column 5: " in ended.stderr
    assert "Traceback" not in ended.stderr
