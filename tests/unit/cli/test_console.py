import io

import pytest
from rich.console import Console

from cli.console import Progress, StepState


def _progress(*, is_terminal: bool) -> tuple[Progress, Console, io.StringIO]:
    written = io.StringIO()
    console = Console(file=written, force_terminal=is_terminal, width=70, color_system=None, legacy_windows=False)
    return Progress(console), console, written


def test_without_a_terminal_every_step_is_one_line_when_it_ends():
    progress, _console, written = _progress(is_terminal=False)

    with progress.shown(), progress.step("PostgreSQL") as step:
        step.detail = "17 from the wheel"
    worker = progress.begin("worker", "port 8083")
    progress.end(worker, state=StepState.LEFT, seconds=1.25)

    first, second = written.getvalue().splitlines()
    assert first.startswith("ok     PostgreSQL             17 from the wheel (0.")
    assert second == "-      worker                 port 8083 (1.2 s)"


def test_a_step_whose_block_raises_has_failed():
    progress, _console, written = _progress(is_terminal=False)

    with pytest.raises(ValueError, match="no database"), progress.shown(), progress.step("database"):
        raise ValueError("no database")

    assert written.getvalue().startswith("FAILED database ")


def test_on_a_terminal_finished_steps_have_marks_and_durations():
    progress, console, written = _progress(is_terminal=True)
    for name, state in (("PostgreSQL", StepState.DONE), ("app", StepState.FAILED), ("worker", StepState.LEFT)):
        progress.end(progress.begin(name, "port 1"), state=state, seconds=2.0)

    console.print(progress)

    lines = [line.rstrip() for line in written.getvalue().splitlines()]
    assert lines == [
        "✓ PostgreSQL             port 1   2.0 s",
        "✗ app                    port 1   2.0 s",
        "· worker                 port 1   2.0 s",
    ]


def test_a_long_detail_is_cut_and_hides_neither_mark_nor_duration():
    progress, console, written = _progress(is_terminal=True)
    progress.end(progress.begin("PostgreSQL", "very " * 30), seconds=2.0)

    console.print(progress)

    assert written.getvalue() == "✓ PostgreSQL             very very very very very very very …   2.0 s\n"
