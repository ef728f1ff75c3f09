"""SDL in files: what cannot be read is told with its code, for all subgraphs at once."""

from pathlib import Path

import pytest

from router.command_line.failure import SourceErrorCode, SourcesUnreadable
from router.command_line.graph_file import ListedSubgraph, SdlLocation
from router.command_line.sdl_sources import read_sources


def listed(folder: Path, *names: str) -> list[ListedSubgraph]:
    return [
        ListedSubgraph(name=name, url=f"http://{name}", location=SdlLocation(file=f"{name}.graphql"), folder=folder)
        for name in names
    ]


def test_files_are_read_from_beside_the_list(tmp_path):
    (tmp_path / "a.graphql").write_bytes("\ufefftype Query { ä: Int }".encode())

    (source,) = read_sources(listed(tmp_path, "a"))

    assert (source.name, source.url, source.sdl) == ("a", "http://a", "type Query { ä: Int }")


def test_every_file_that_cannot_be_used_is_told_with_its_code(tmp_path):
    (tmp_path / "good.graphql").write_text("type Query { a: Int }")
    (tmp_path / "empty.graphql").write_text(" \n")
    (tmp_path / "latin.graphql").write_bytes(b"type Query { \xe4: Int }")
    (tmp_path / "folder.graphql").mkdir()

    with pytest.raises(SourcesUnreadable) as caught:
        read_sources(listed(tmp_path, "good", "empty", "latin", "missing", "folder"))

    assert [(error.code, error.subgraphs, error.message) for error in caught.value.errors] == [
        (SourceErrorCode.SDL_EMPTY, ("empty",), f"{tmp_path}/empty.graphql is empty"),
        (
            SourceErrorCode.SDL_NOT_UTF8,
            ("latin",),
            f"{tmp_path}/latin.graphql is not UTF-8: invalid continuation byte at byte 13",
        ),
        (
            SourceErrorCode.SDL_UNREADABLE,
            ("missing",),
            f"{tmp_path}/missing.graphql cannot be read: No such file or directory",
        ),
        (SourceErrorCode.SDL_UNREADABLE, ("folder",), f"{tmp_path}/folder.graphql cannot be read: Is a directory"),
    ]
