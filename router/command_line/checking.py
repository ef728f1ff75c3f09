"""`compose --check`: the new supergraph against an old one and against the operations of its clients."""

import argparse
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.text import Text

from router.command_line.failure import CommandFailed
from router.command_line.report import counted, open_console
from router.command_line.supergraph_file import open_supergraph
from router.evolution import BrokenOperation, Comparison, broken_operations, compare
from router.evolution.comparison import Change
from router.offline_graph import OfflineGraph

_USUAL_FOLDER: Final = Path("schema/operations")


@dataclass(frozen=True, slots=True)
class Checked:
    """What the check found."""

    comparison: Comparison
    operations: tuple[BrokenOperation, ...]

    @property
    def is_broken(self) -> bool:
        """Whether some client would notice."""
        return bool(self.comparison.breaking or self.operations)

    def as_json(self) -> dict[str, object]:
        """The findings for tools."""
        return {
            "breaking": [_change_json(change) for change in self.comparison.breaking],
            "dangerous": [_change_json(change) for change in self.comparison.dangerous],
            "operations": [
                {"file": str(broken.file), "operation": broken.operation or None, "reasons": list(broken.reasons)}
                for broken in self.operations
            ],
        }


def check_graph(options: argparse.Namespace, supergraph_sdl: str) -> Checked:
    """Compare with the supergraph of `--check`, and try the operations of `--operations`.

    Raises:
        CommandFailed: one of them is not there, or the old file is no supergraph.
    """
    old = open_supergraph(options.check)
    graph = OfflineGraph(supergraph_sdl)
    return Checked(compare(old, graph), tuple(_broken(graph, options.operations)))


def _broken(graph: OfflineGraph, folder: Path | None) -> Iterable[BrokenOperation]:
    if folder is None:
        return broken_operations(graph, _USUAL_FOLDER) if _USUAL_FOLDER.is_dir() else ()
    if not folder.is_dir():
        raise CommandFailed(f"{folder} is no folder with operations")
    return broken_operations(graph, folder)


def print_checked(checked: Checked) -> None:
    """The findings, the worst last, where a person looks first."""
    console = open_console(is_error=False)
    comparison = checked.comparison
    _print_changes(console, "dangerous change", comparison.dangerous, "yellow")
    _print_changes(console, "breaking change", comparison.breaking, "bold red")
    if checked.operations:
        console.print(Text(counted(len(checked.operations), "broken operation"), "bold"))
        for broken in checked.operations:
            name = f" {broken.operation}" if broken.operation else ""
            console.print(Text(f"\n  {broken.file}{name}", "bold red"))
            for reason in broken.reasons:
                console.print(Text(f"    {reason}"))
        console.print()
    console.print(Text(_verdict(checked), "bold red" if checked.is_broken else "green"))


def _print_changes(console: Console, noun: str, changes: tuple[Change, ...], style: str) -> None:
    if not changes:
        return
    console.print(Text(counted(len(changes), noun), "bold"))
    for kind, group in groupby(changes, key=lambda change: change.kind):
        console.print(Text(f"\n{kind}", style))
        for change in group:
            console.print(Text(f"  {change.description}"))
    console.print()


def _verdict(checked: Checked) -> str:
    breaking, broken = len(checked.comparison.breaking), len(checked.operations)
    if checked.is_broken:
        return f"refused: {counted(breaking, 'breaking change')}, {counted(broken, 'broken operation')}"
    return "nothing breaks"


def _change_json(change: Change) -> dict[str, str]:
    return {"kind": change.kind, "description": change.description}
