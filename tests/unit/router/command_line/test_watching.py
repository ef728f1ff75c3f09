"""Watching: each round composes what changed, and a broken graph never replaces a good one."""

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from rich.console import Console

from router.command_line.failure import SourceError, SourceErrorCode, SourcesUnreadable
from router.command_line.watching import Watch
from router.composition import SubgraphSource

GOOD = "type Query { a: Int }"
BETTER = "type Query { a: Int b: Int }"
BROKEN = "type Query { a: Int"
HEADLINE = re.compile(r"^\d\d:\d\d:\d\d ", flags=re.MULTILINE)


@dataclass
class Room:
    """A watched graph of one subgraph whose SDL the test changes between rounds."""

    out: Path
    sdl: str | None = GOOD
    said: io.StringIO = field(default_factory=io.StringIO)

    def __post_init__(self) -> None:
        self.watch = Watch(self._read, self.out, Console(file=self.said, soft_wrap=True))

    def _read(self) -> Sequence[SubgraphSource]:
        if self.sdl is None:
            raise SourcesUnreadable([SourceError(SourceErrorCode.SUBGRAPH_UNREACHABLE, "nobody answers", "", ("one",))])
        return [SubgraphSource("one", "http://one", self.sdl)]

    def round(self, sdl: str | None) -> str:
        """What a round after this change says, without the time of day."""
        self.sdl = sdl
        before = len(self.said.getvalue())
        self.watch.look()
        return HEADLINE.sub("", self.said.getvalue()[before:])


@pytest.fixture(name="room")
def _room(tmp_path: Path) -> Room:
    return Room(tmp_path / "supergraph.graphql")


def test_the_first_round_writes_the_supergraph(room):
    said = room.round(GOOD)

    assert said == f"wrote {room.out} (1 subgraph, 0 hints)\n"
    assert "a: Int" in room.out.read_text()


def test_a_round_without_a_change_neither_composes_nor_speaks(room):
    room.round(GOOD)
    room.out.unlink()

    assert room.round(GOOD) == ""
    assert not room.out.exists()


def test_a_change_is_composed_and_written(room):
    room.round(GOOD)

    assert room.round(BETTER) == f"wrote {room.out} (1 subgraph, 0 hints)\n"
    assert "b: Int" in room.out.read_text()


def test_a_graph_that_no_longer_composes_leaves_the_last_good_one_and_is_told_once(room):
    room.round(GOOD)
    good = room.out.read_text()

    first, second = room.round(BROKEN), room.round(BROKEN)

    assert first == (
        f"The subgraphs do not compose: 1 error; {room.out} stays as it is\n\n"
        "INVALID_GRAPHQL\n  [one]\n    line 1, column 20: Syntax Error: Expected Name, found <EOF>.\n\n"
    )
    assert second == ""
    assert room.out.read_text() == good


def test_a_graph_that_is_mended_without_a_change_is_told_and_not_written_again(room):
    room.round(GOOD)
    written = room.out.stat().st_mtime_ns
    room.round(BROKEN)

    assert room.round(GOOD) == f"no change in {room.out} (1 subgraph, 0 hints)\n"
    assert room.out.stat().st_mtime_ns == written


def test_a_subgraph_that_is_away_for_a_while_leaves_the_last_good_graph(room):
    room.round(GOOD)
    good = room.out.read_text()

    first, second = room.round(None), room.round(None)

    assert first == (
        f"The subgraphs cannot be read: 1 error; {room.out} stays as it is\n\n"
        "SUBGRAPH_UNREACHABLE\n  [one]\n    nobody answers\n\n"
    )
    assert second == ""
    assert room.out.read_text() == good
    assert room.round(GOOD) == f"no change in {room.out} (1 subgraph, 0 hints)\n"


def test_nothing_but_the_supergraph_is_left_in_the_folder(room):
    room.round(GOOD)
    room.round(BROKEN)
    room.round(BETTER)

    assert [path.name for path in room.out.parent.iterdir()] == ["supergraph.graphql"]
