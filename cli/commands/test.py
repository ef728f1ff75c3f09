"""`retailflow test`: every check and every test this machine can run."""

import os
import shutil
import subprocess
import sys
from collections.abc import Collection
from typing import Annotated

import typer

from cli.commands.check import run_checks
from cli.optional_tools import missing_tools
from cli.state import ROOT


def run_tests(
    arguments: Annotated[
        list[str] | None,
        typer.Argument(help="Files, folders and options for pytest; with any, the checks are skipped."),
    ] = None,
) -> None:
    """Run the checks and the tests; what is left out on this machine is listed at the end.

    With CI=true, missing tools are installed where that is possible, and a test that still cannot run is a failure.
    The exit code is pytest's, or 1 if only a check failed.
    """
    if os.environ.get("CI") == "true":
        install_missing_tools(missing_tools().keys())
    chosen = arguments or []
    findings = [] if chosen else run_checks()
    for finding in findings:
        print(f"\n── {finding.check}\n{finding.output.rstrip()}")
    if findings:
        print(f"\nfailed checks: {', '.join(finding.check for finding in findings)}", flush=True)
    try:
        # pytest's closing line stays the last
        code = subprocess.run([sys.executable, "-m", "pytest", *chosen], cwd=ROOT, check=False).returncode  # noqa: S603
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    raise typer.Exit(code or (1 if findings else 0))


def install_missing_tools(missing: Collection[str]) -> None:
    """Install Chromium by the system's package tool if we may; CI's machine brings the other tools.

    A failure is left to the tests that need it: they name what is missing.
    """
    apt = shutil.which("apt-get")
    if "chromium" not in missing or apt is None or os.geteuid() != 0:
        return
    print("installing chromium", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update"], ["install", "--yes", "--no-install-recommends", "chromium"]):
        subprocess.run([apt, "--quiet", "--quiet", *arguments], env=environment, stdout=subprocess.DEVNULL, check=False)  # noqa: S603
