"""The file that lists the subgraphs: every wrong field is named with the reason."""

from pathlib import Path

import pytest

from router.command_line.failure import SourceErrorCode, SourcesUnreadable
from router.command_line.graph_file import read_graph_file

GOOD = """
federation_version: =2.9.1
subgraphs:
  catalog:
    routing_url: http://catalog.test/graphql
    schema:
      file: ./catalog.graphql
  stock:
    schema:
      subgraph_url: https://stock.test/graphql
      introspection_headers:
        authorization: Bearer ${env.STOCK_TOKEN}
"""


def write(tmp_path: Path, text: str, name: str = "supergraph.yaml") -> Path:
    path = tmp_path / name
    path.write_text(text)
    return path


def faults(path: Path) -> list[tuple[str, str]]:
    with pytest.raises(SourcesUnreadable) as caught:
        read_graph_file(path)
    assert {error.code for error in caught.value.errors} == {SourceErrorCode.CONFIG_INVALID}
    return [(error.coordinate, error.message) for error in caught.value.errors]


def test_subgraphs_are_listed_with_their_addresses_and_the_place_of_their_sdl(tmp_path, monkeypatch):
    monkeypatch.setenv("STOCK_TOKEN", "s3cret")

    catalog, stock = read_graph_file(write(tmp_path, GOOD))

    assert (catalog.name, catalog.url, catalog.location.file, catalog.folder) == (
        "catalog",
        "http://catalog.test/graphql",
        "./catalog.graphql",
        tmp_path,
    )
    assert (stock.name, stock.url) == ("stock", "https://stock.test/graphql")
    assert stock.location.introspection_headers == {"authorization": "Bearer s3cret"}


def test_a_variable_the_environment_does_not_have_is_named(tmp_path, monkeypatch):
    monkeypatch.delenv("STOCK_TOKEN", raising=False)

    assert faults(write(tmp_path, GOOD)) == [
        ("${env.STOCK_TOKEN}", "the environment has no variable STOCK_TOKEN"),
    ]


@pytest.mark.parametrize("version", ["2", "2.0", "'2'", "=2.12.3", "2.11"])
def test_every_version_that_composition_knows_may_be_asked_for(tmp_path, version):
    listed = read_graph_file(
        write(
            tmp_path,
            f"federation_version: {version}\nsubgraphs: {{a: {{routing_url: 'http://a', schema: {{sdl: x}}}}}}",
        )
    )

    assert [subgraph.name for subgraph in listed] == ["a"]


@pytest.mark.parametrize("version", ["1", "=1.2.0", "3", "2.13", "latest", "2.x"])
def test_any_other_version_is_refused(tmp_path, version):
    text = f"federation_version: {version}\nsubgraphs: {{a: {{routing_url: 'http://a', schema: {{sdl: x}}}}}}"

    assert faults(write(tmp_path, text)) == [
        ("federation_version", f'"{version}" is not known; known are 2 and 2.0 to 2.12')
    ]


def test_all_wrong_fields_are_told_at_once(tmp_path):
    text = """
subgraph: {}
subgraphs:
  none: {routing_url: 'http://a'}
  both: {routing_url: 'http://a', schema: {file: a, sdl: b}}
  nowhere: {routing_url: 'http://a', schema: {}}
  unreachable: {schema: {file: a}}
  schemeless: {routing_url: 'localhost:4001', schema: {file: a}}
  misspelt: {routing_url: 'http://a', schema: {flie: a}}
  number: {routing_url: 'http://a', schema: {file: 7}}
"""

    assert faults(write(tmp_path, text)) == [
        ("subgraphs.none.schema", "is missing"),
        ("subgraphs.both.schema", "needs exactly one of file, subgraph_url, sdl"),
        ("subgraphs.nowhere.schema", "needs exactly one of file, subgraph_url, sdl"),
        ("subgraphs.unreachable", "needs a routing_url: where the router sends requests"),
        ("subgraphs.schemeless.routing_url", "must begin with http:// or https://"),
        ("subgraphs.misspelt.schema.flie", "is not a field known here"),
        ("subgraphs.number.schema.file", "Input should be a valid string"),
        ("subgraph", "is not a field known here"),
    ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "{path} must hold a mapping with the key subgraphs"),
        ("- a", "{path} must hold a mapping with the key subgraphs"),
        ("subgraphs:\n  a: {}\n  a: {}", '{path} is not YAML, line 3, column 3: the key "a" is given twice'),
        ("subgraphs:\n  1: {}", "{path} is not YAML, line 2, column 3: the key 1 is no text: quote it"),
        ("subgraphs: [", "{path} is not YAML, line 1, column 13: expected the node content, but found '<stream end>'"),
        ("a: \x07", "{path} is not YAML: unacceptable character #x0007: special characters are not allowed"),
    ],
    ids=["empty", "list", "name_twice", "number_as_name", "unfinished", "control_character"],
)
def test_what_is_no_list_of_subgraphs_is_refused_with_its_line(tmp_path, text, reason):
    path = write(tmp_path, text)

    (fault,) = faults(path)

    assert (fault[0], fault[1].split("\n")[0]) == ("", reason.format(path=path))


def test_a_graph_without_subgraphs_is_refused(tmp_path):
    assert faults(write(tmp_path, "subgraphs: {}")) == [
        ("subgraphs", "Dictionary should have at least 1 item after validation, not 0")
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [(None, "cannot be read: No such file or directory"), (b"\xff\xfe", "is not UTF-8: invalid start byte at byte 0")],
    ids=["missing", "not_utf8"],
)
def test_a_file_that_cannot_be_read_has_a_code_of_its_own(tmp_path, content, reason):
    path = tmp_path / "supergraph.yaml"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(SourcesUnreadable) as caught:
        read_graph_file(path)

    assert [(error.code, error.message) for error in caught.value.errors] == [
        (SourceErrorCode.CONFIG_UNREADABLE, f"{path} {reason}")
    ]


def test_a_json_list_names_the_entry_that_is_wrong(tmp_path):
    path = write(tmp_path, '[{"name": "a", "url": "", "sdl": ""}, {"name": "b"}]', "subgraphs.json")

    assert faults(path) == [("[1]", f"{path}: every entry needs the texts name, url and sdl")]
