"""`retailflow logs`: what the processes have written."""

import time
from pathlib import Path
from typing import Annotated, Final, cast

import orjson
import typer
from rich.console import Console
from rich.text import Text

from cli.console import open_console
from cli.errors import CommandError
from cli.processes.child import tail
from cli.state import StateFolder

_LOOK_SECONDS: Final = 0.3
_STYLES: Final = {"warning": "yellow", "error": "red", "critical": "bold red"}
_SHOWN_FIRST: Final = ("timestamp", "level", "event", "service")


def logs(
    name: Annotated[str | None, typer.Argument(help="A process, like app or worker; all if left out.")] = None,
    *,
    lines: Annotated[int, typer.Option("--lines", "-n", help="How many of the last lines.", min=0)] = 40,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on printing.")] = False,
) -> None:
    """Print the processes' logs, one readable line per event."""
    state = StateFolder.open()
    available = {path.stem: path for path in sorted(state.logs.glob("*.log"))}
    if name is not None and name not in available:
        raise CommandError(f"there is no log of {name}: there is one of {', '.join(available) or 'nothing yet'}")
    chosen = {name: available[name]} if name is not None else available
    console = open_console()
    offsets = {process: path.stat().st_size for process, path in chosen.items()}
    for process, path in chosen.items():
        _print_lines(console, process, tail(path, lines))
    if follow:
        _follow(console, chosen, offsets)


def _follow(console: Console, logs_by_process: dict[str, Path], offsets: dict[str, int]) -> None:
    try:
        while True:
            for process, path in logs_by_process.items():
                with path.open("rb") as file:
                    file.seek(offsets[process])
                    whole, newline, _rest = file.read().rpartition(b"\n")
                offsets[process] += len(whole) + len(newline)
                _print_lines(console, process, whole.decode(errors="replace").splitlines())
            time.sleep(_LOOK_SECONDS)
    except KeyboardInterrupt:
        return


def _print_lines(console: Console, process: str, lines: list[str]) -> None:
    for line in lines:
        console.print(readable(process, line), soft_wrap=True)


def readable(process: str, line: str) -> Text:
    """A JSON event as `time process event key=value …`; any other line as it is."""
    try:
        parsed: object = orjson.loads(line)
    except orjson.JSONDecodeError:
        parsed = None
    if not isinstance(parsed, dict):
        return Text.assemble((f"{process:<18} ", "dim"), line)
    fields = cast("dict[str, object]", parsed)
    moment = str(fields.get("timestamp", ""))[11:23]
    style = _STYLES.get(str(fields.get("level")), "bold")
    rest = " ".join(f"{key}={value}" for key, value in fields.items() if key not in _SHOWN_FIRST)
    return Text.assemble((f"{moment} {process:<18} ", "dim"), (str(fields.get("event", "")), style), f" {rest}")
