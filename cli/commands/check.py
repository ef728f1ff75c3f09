"""`retailflow check`: what CI demands of the code before any test runs."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import typer

from cli.console import Progress, StepState, open_console
from cli.errors import CommandError
from cli.state import ROOT

_PROGRAMS: Final = Path(sys.executable).parent
_CHECKS: Final[Mapping[str, Sequence[str]]] = {
    "lint (ruff)": (str(_PROGRAMS / "ruff"), "check", "--quiet"),
    "format (ruff)": (str(_PROGRAMS / "ruff"), "format", "--check", "--quiet"),
    "types (basedpyright)": (str(_PROGRAMS / "basedpyright"),),
    "imports (import-linter)": (str(_PROGRAMS / "lint-imports"), "--no-cache"),
    "published schema": (sys.executable, "-m", "cli", "compose", "--check"),
    "permission matrix": (sys.executable, "-m", "cli", "permissions", "--check"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """A check that failed, with what it printed."""

    check: str
    output: str


def check() -> None:
    """Lint, formatting, types, import contracts, the published schema and who may do what."""
    findings = run_checks()
    for finding in findings:
        print(f"\n── {finding.check}\n{finding.output.rstrip()}")
    if findings:
        print(f"\n{len(findings)} of {len(_CHECKS)} checks failed")
        raise typer.Exit(1)


def run_checks() -> list[Finding]:
    """Run every check, showing progress; the failed ones.

    Raises:
        CommandError: the tools are not installed.
    """
    if not (_PROGRAMS / "ruff").is_file():
        raise CommandError("the development tools are not installed: run ./retailflow check, which installs them")
    progress = Progress(open_console())
    findings: list[Finding] = []
    with progress.shown():
        for name, command in _CHECKS.items():
            step = progress.begin(name)
            answer = subprocess.run(  # noqa: S603 - the commands are above
                command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
            )
            has_failed = answer.returncode != 0
            progress.end(step, state=StepState.FAILED if has_failed else StepState.DONE)
            if has_failed:
                findings.append(Finding(name, answer.stdout))
    return findings
