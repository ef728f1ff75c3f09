"""What a person sees: steps with their durations, live on a terminal, plain lines elsewhere."""

import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

_NAME_WIDTH: Final = 22
_SECONDS_WIDTH: Final = 7
_OTHER_WIDTH: Final = 1 + _NAME_WIDTH + _SECONDS_WIDTH + 4


class StepState(StrEnum):
    """How far a step is."""

    WORKING = "working"
    DONE = "done"
    FAILED = "failed"
    LEFT = "left"


_MARKS: Final = {
    StepState.DONE: Text("✓", "green"),
    StepState.FAILED: Text("✗", "bold red"),
    StepState.LEFT: Text("·", "dim"),
}


@dataclass(slots=True)
class Step:
    """One line of the display. `detail` may change while it works."""

    name: str
    started: float = field(default_factory=time.monotonic)
    detail: str = ""
    state: StepState = StepState.WORKING
    seconds: float | None = None

    def finish(self, state: StepState, seconds: float | None) -> None:
        """No more changes; it took `seconds`, or the time since it began."""
        self.state = state
        self.seconds = time.monotonic() - self.started if seconds is None else seconds


class Progress:
    """The steps of a command, in the order they began."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._steps: list[Step] = []
        self._spinner = Spinner("dots", style="cyan")
        self._live = Live(self, console=console, refresh_per_second=12, transient=False)

    @contextmanager
    def shown(self) -> Generator[None]:
        """Show the steps on a terminal for the length of the block; elsewhere each is printed when it ends."""
        if not self._console.is_terminal:
            yield
            return
        with self._live:
            yield

    def begin(self, name: str, detail: str = "") -> Step:
        """A step that the caller ends with `end`."""
        step = Step(name, detail=detail)
        self._steps.append(step)
        return step

    def end(self, step: Step, *, state: StepState = StepState.DONE, seconds: float | None = None) -> None:
        """The step is over."""
        step.finish(state, seconds)
        if not self._console.is_terminal:
            self._console.print(_plain(step), highlight=False, markup=False, soft_wrap=True)

    @contextmanager
    def step(self, name: str, detail: str = "") -> Generator[Step]:
        """A step that ends with the block, failed if the block raises."""
        step = self.begin(name, detail)
        try:
            yield step
        except BaseException:
            self.end(step, state=StepState.FAILED)
            raise
        self.end(step)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        table = Table.grid(padding=(0, 1))
        table.add_column(width=1, no_wrap=True)
        table.add_column(width=_NAME_WIDTH, no_wrap=True)
        table.add_column(max_width=options.max_width - _OTHER_WIDTH, overflow="ellipsis", no_wrap=True)
        table.add_column(min_width=_SECONDS_WIDTH, justify="right", no_wrap=True)
        for step in self._steps:
            working = step.state is StepState.WORKING
            seconds = time.monotonic() - step.started if step.seconds is None else step.seconds
            table.add_row(
                self._spinner if working else _MARKS[step.state],
                Text(step.name, "bold" if working else ""),
                Text(step.detail, "dim"),
                Text(f"{seconds:.1f} s", "cyan" if working else "dim"),
            )
        yield table


def open_console() -> Console:
    """Standard output, with colours where they can be seen."""
    return Console(highlight=False, soft_wrap=not sys.stdout.isatty())


def _plain(step: Step) -> str:
    mark = {StepState.DONE: "ok", StepState.FAILED: "FAILED"}.get(step.state, "-")
    return f"{mark:<6} {step.name:<{_NAME_WIDTH}} {step.detail} ({step.seconds or 0:.1f} s)"
