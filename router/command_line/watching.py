"""`compose --watch`: composes again whenever a file or a running subgraph's SDL changes."""

import signal
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

from rich.console import Console
from rich.text import Text

from router.command_line.failure import SourcesUnreadable
from router.command_line.files import replace_text
from router.command_line.report import counted, open_console, print_findings
from router.composition import Composition, CompositionFailed, SubgraphSource, compose

ReadSources: TypeAlias = Callable[[], Sequence[SubgraphSource]]


class Watch:
    """One round after the other. What is composed is whatever was read, so a half-saved file mends itself."""

    def __init__(self, read: ReadSources, out: Path, console: Console) -> None:
        self._read = read
        self._out = out
        self._console = console
        self._sources: Sequence[SubgraphSource] | None = None
        self._complaint: str = ""

    def look(self) -> None:
        """Compose if anything changed; on errors the last good output stays, and they are told once."""
        try:
            sources = self._read()
            if sources == self._sources:
                return
            self._sources = sources
            composition = compose(sources)
        except SourcesUnreadable as failed:
            self._sources = None
            self._complain(failed, "cannot be read")
        except CompositionFailed as failed:
            self._complain(failed, "do not compose")
        else:
            self._complaint = ""
            self._publish(composition, len(sources))

    def _complain(self, failed: SourcesUnreadable | CompositionFailed, what: str) -> None:
        complaint = repr(failed.errors)
        if complaint != self._complaint:
            self._complaint = complaint
            kept = f"; {self._out} stays as it is" if self._out.exists() else ""
            headline = f"{_now()} The subgraphs {what}: {counted(len(failed.errors), 'error')}{kept}"
            print_findings(self._console, headline, failed.errors, "bold red")

    def _publish(self, composition: Composition, count: int) -> None:
        is_written = replace_text(self._out, composition.supergraph_sdl)
        subgraphs, hints = counted(count, "subgraph"), counted(len(composition.hints), "hint")
        verb = "wrote" if is_written else "no change in"
        self._console.print(Text(f"{_now()} {verb} {self._out} ({subgraphs}, {hints})", "green"))


def watch(read: ReadSources, out: Path, *, seconds: float) -> None:
    """Look every so many seconds until interrupted, or terminated as a container is."""
    watching = Watch(read, out, open_console(is_error=True))
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        while True:
            watching.look()
            time.sleep(seconds)
    except KeyboardInterrupt:
        return
    finally:
        signal.signal(signal.SIGTERM, before)


def _now() -> str:
    return datetime.now().astimezone().strftime("%H:%M:%S")
