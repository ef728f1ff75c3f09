from pathlib import Path

import pytest

from cli import assets


@pytest.mark.parametrize("version", ["v20.19.0", "v20.20.2", "v22.12.0", "v22.21.1", "v24.0.0", "v25.1.0"])
def test_a_recent_node_can_build(version: str):
    assert assets.can_build(version)


@pytest.mark.parametrize("version", ["", "v18.20.0", "v20.18.3", "v21.7.3", "v22.11.0", "v23", "node"])
def test_an_old_or_unknown_node_cannot(version: str):
    assert not assets.can_build(version)


def test_a_build_of_the_present_sources_is_kept(tmp_path: Path):
    built = tmp_path / "web" / "graphiql"
    built.mkdir(parents=True)
    (built / "built-from.txt").write_text(assets._fingerprint())

    assert assets.ensure_graphiql(tmp_path, pytest.fail) == built


def test_a_failing_build_is_told_in_words_and_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    built = tmp_path / "web" / "graphiql"
    built.mkdir(parents=True)
    (built / "built-from.txt").write_text("older sources")
    tools = tmp_path / "bin"
    tools.mkdir()
    for name, script in (("node", "echo v24.1.0"), ("npm", "echo 'no network' >&2; exit 1")):
        (tools / name).write_text(f"#!/bin/sh\n{script}\n")
        (tools / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tools))

    with pytest.raises(assets.GraphiqlBuildFailed, match="no network"):
        assets.ensure_graphiql(tmp_path, lambda _line: None)

    assert [path.name for path in built.parent.iterdir()] == ["graphiql"]
    assert (built / "built-from.txt").read_text() == "older sources"
