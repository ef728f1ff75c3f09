import os
import subprocess
import sys
from pathlib import Path

import pytest

from cli.state import ROOT

_TESTS = """
import pytest

def test_that_needs_nothing():
    pass

@pytest.mark.shared_data
def test_that_needs_the_sales_file():
    pass
"""


@pytest.fixture
def run(tmp_path: Path):
    (tmp_path / "test_some.py").write_text(_TESTS)

    def run_pytest(**variables: str) -> subprocess.CompletedProcess[str]:
        environment = {name: value for name, value in os.environ.items() if name != "CI"} | variables
        command = [
            sys.executable,
            "-m",
            "pytest",
            "--config-file",
            str(ROOT / "pyproject.toml"),
            "-p",
            "tests.conftest",
        ]
        return subprocess.run(
            [*command, str(tmp_path)], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )

    return run_pytest


def test_what_this_machine_cannot_run_is_left_out_and_listed(run, tmp_path: Path) -> None:
    outcome = run(RETAILFLOW_SHARED_DATA=str(tmp_path))

    assert outcome.returncode == 0
    assert "1 test marked shared_data: no online-retail-2010-12_2011-11.csv.xz" in outcome.stdout
    assert "1 passed, 1 deselected" in outcome.stdout.splitlines()[-1]


def test_in_ci_what_cannot_run_is_a_failure_that_names_what_is_missing(run, tmp_path: Path) -> None:
    outcome = run(RETAILFLOW_SHARED_DATA=str(tmp_path), CI="true")

    assert outcome.returncode == 1
    assert "CI must run every test, and this one needs shared_data: no online-retail" in outcome.stdout
    assert "1 passed, 1 error" in outcome.stdout.splitlines()[-1]


def test_where_everything_is_there_nothing_is_left_out(run, tmp_path: Path) -> None:
    (tmp_path / "online-retail-2010-12_2011-11.csv.xz").touch()

    outcome = run(RETAILFLOW_SHARED_DATA=str(tmp_path), CI="true")

    assert outcome.returncode == 0
    assert "left out" not in outcome.stdout
    assert "2 passed" in outcome.stdout.splitlines()[-1]
