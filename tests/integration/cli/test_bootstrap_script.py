import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from cli.state import ROOT

# stands in for an interpreter: FAKE_* say what is wrong with it
_FAKE_PYTHON = """#!/bin/sh
case "$*" in
*version_info*) [ -z "${FAKE_OLD:-}" ] ;;
*ensurepip*) [ -z "${FAKE_NO_VENV:-}" ] ;;
--version) echo "Python 3.11.99" ;;
"-m venv"*) mkdir -p "$4/bin" && cp "$0" "$4/bin/python" ;;
*"pip --disable-pip-version-check --no-input install"*)
    echo "pip $*" >>"$FAKE_JOURNAL"
    if [ -n "${FAKE_PIP_OUTPUT:-}" ]; then echo "$FAKE_PIP_OUTPUT"; exit 1; fi
    case "$*" in
    *--editable*)
        program="$(dirname "$0")/retailflow"
        printf '#!/bin/sh\\necho "ran with: $*"\\nexit 7\\n' >"$program"
        chmod +x "$program" ;;
    esac ;;
esac
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    folder = tmp_path / "a checkout"
    (folder / "requirements").mkdir(parents=True)
    shutil.copy(ROOT / "retailflow", folder / "retailflow")
    (folder / "pyproject.toml").write_text("[project]\n")
    for name in ("runtime", "dev"):
        (folder / "requirements" / f"{name}.txt").write_text("a==1 --hash=sha256:00\nb==2 --hash=sha256:00\n")
    python = folder / "fake-python"
    python.write_text(_FAKE_PYTHON)
    python.chmod(python.stat().st_mode | stat.S_IXUSR)
    return folder


def _run(checkout: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    # the interpreter's name is split at spaces, as a list of candidates is
    bin_folder = checkout.parent / "bin"
    bin_folder.mkdir(exist_ok=True)
    link = bin_folder / "fake-python"
    if not link.exists():
        link.symlink_to(checkout / "fake-python")
    environment = {
        "PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}",
        "RETAILFLOW_PYTHON": "fake-python",
        "FAKE_JOURNAL": str(checkout / "journal"),
        **variables,
    }
    command = ["sh", str(checkout / "retailflow"), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, cwd=checkout.parent)


def _installs(checkout: Path) -> list[str]:
    journal = checkout / "journal"
    return journal.read_text().splitlines() if journal.exists() else []


def test_the_first_run_installs_with_hashes_and_hands_over_with_arguments_and_exit_code(checkout: Path) -> None:
    outcome = _run(checkout, "mail", "two words")

    assert outcome.stdout == "ran with: mail two words\n"
    assert outcome.returncode == 7
    assert outcome.stderr.splitlines() == [
        "retailflow: making .venv with Python 3.11.99",
        "retailflow: installing 2 packages (once per change of runtime.txt)",
    ]
    requirements, project = _installs(checkout)
    assert f"--require-hashes -r {checkout}/requirements/runtime.txt" in requirements
    assert f"--no-index --no-build-isolation --editable {checkout}" in project


def test_the_second_run_installs_nothing_and_says_nothing(checkout: Path) -> None:
    _run(checkout, "status")
    installed = _installs(checkout)

    outcome = _run(checkout, "status")

    assert (outcome.stdout, outcome.stderr) == ("ran with: status\n", "")
    assert _installs(checkout) == installed


@pytest.mark.parametrize("changed", ["requirements/runtime.txt", "pyproject.toml"])
def test_a_changed_lock_or_project_installs_again(checkout: Path, changed: str) -> None:
    _run(checkout, "status")
    with (checkout / changed).open("a") as file:
        file.write("c==3 --hash=sha256:00\n")

    _run(checkout, "status")

    assert len(_installs(checkout)) == 4


def test_tests_and_checks_bring_the_development_set_which_serves_the_others_too(checkout: Path) -> None:
    _run(checkout, "test")
    _run(checkout, "check")
    _run(checkout, "up")

    requirements, _project = _installs(checkout)
    assert requirements.endswith("requirements/dev.txt")


def test_a_moved_checkout_installs_again(checkout: Path) -> None:
    _run(checkout, "status")
    moved = checkout.rename(checkout.parent / "moved")
    (checkout.parent / "bin" / "fake-python").unlink()

    outcome = _run(moved, "status")

    assert outcome.stdout == "ran with: status\n"
    assert len(_installs(moved)) == 4


def test_an_old_python_is_refused_in_one_line(checkout: Path) -> None:
    outcome = _run(checkout, "up", FAKE_OLD="1")

    assert outcome.returncode == 1
    assert outcome.stderr == (
        "retailflow: no Python 3.11 or newer found: install one, or name it in RETAILFLOW_PYTHON\n"
    )
    assert not (checkout / ".venv").exists()


def test_a_python_without_venv_is_refused_in_one_line(checkout: Path) -> None:
    outcome = _run(checkout, "up", FAKE_NO_VENV="1")

    assert outcome.returncode == 1
    assert outcome.stderr.count("\n") == 1
    assert outcome.stderr.endswith("has no venv module: install it (Debian, Ubuntu: apt install python3-venv)\n")


@pytest.mark.parametrize(
    ("pip_says", "we_say"),
    [
        ("ERROR: Could not install packages: [Errno 28] No space left on device", "the disk is full: free about 1 GB"),
        (
            "Retrying after 'NewConnectionError: Temporary failure in name resolution'\nERROR: No matching",
            "the package registry cannot be reached: check the network",
        ),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "its hash differs"),
        ("error: command 'gcc' failed: No such file or directory", "install a C compiler and Python's headers"),
        ("fatal error: Python.h: No such file or directory", "install a C compiler and Python's headers"),
        ("ERROR: [Errno 13] Permission denied: '/x'", "no permission to write in"),
        ("ERROR: something nobody thought of", "pip could not install runtime.txt: ERROR: something nobody thought of"),
    ],
)
def test_a_failing_pip_is_explained_in_one_line_and_tried_again_next_time(
    checkout: Path, pip_says: str, we_say: str
) -> None:
    outcome = _run(checkout, "up", FAKE_PIP_OUTPUT=pip_says)

    assert outcome.returncode == 1
    assert outcome.stdout == ""
    assert we_say in outcome.stderr.splitlines()[-1]
    assert len(outcome.stderr.splitlines()) == 3
    assert _run(checkout, "up").stdout == "ran with: up\n"


def test_an_incomplete_checkout_is_named(checkout: Path) -> None:
    (checkout / "requirements" / "runtime.txt").unlink()

    outcome = _run(checkout, "up")

    assert outcome.returncode == 1
    assert outcome.stderr.endswith("runtime.txt is missing: is this a whole checkout?\n")
