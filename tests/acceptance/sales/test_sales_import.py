"""A sales file goes in through the public graph, survives kills, and comes out to the penny."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cli.optional_tools import shared_data_folder
from tests.factories.product import ROOT, RunningProduct, eventually

MINIATURE = Path(__file__).parent / "miniature.csv"
OUTCOMES = {"SALE": 16, "CHARGE": 7, "RETURN": 8, "RETURN_CHARGE": 4, "STOCK_ADJUSTMENT": 6, "REFUSED": 8, "all": 49}


def imported(product: RunningProduct, file: Path, *options: str) -> dict[str, int]:
    """Lines by outcome, as the command shows them."""
    done = product.command("import", "sales", str(file), *options, timeout=900)
    assert done.returncode == 0, done.stdout + done.stderr
    rows = [line.replace("│", " ").split() for line in done.stdout.splitlines() if line.startswith("│")]
    return {row[0]: int(row[1].replace(",", "")) for row in rows}


def assert_reconciled(product: RunningProduct, file: Path, *options: str) -> None:
    done = product.command("reconcile", str(file), *options, timeout=900)
    assert done.returncode == 0, done.stdout + done.stderr


def renumbered(folder: Path, prefix: str) -> Path:
    """The miniature as another shop's file: other invoice numbers, so that nothing was imported before."""
    copy = folder / "sales.csv"
    copy.write_text(MINIATURE.read_text().replace("8000", prefix))
    return copy


def started_import(product: RunningProduct, file: Path) -> subprocess.Popen[bytes]:
    """An import that is still running."""
    return subprocess.Popen(
        [sys.executable, "-m", "cli", "import", "sales", str(file), "--concurrency", "1"],
        cwd=ROOT,
        env={**os.environ, "RETAILFLOW_STATE_FOLDER": str(product.state)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


async def test_the_miniature_arrives_to_the_penny_and_again_changes_nothing(running_product: RunningProduct):
    assert imported(running_product, MINIATURE) == OUTCOMES
    assert_reconciled(running_product, MINIATURE)

    assert imported(running_product, MINIATURE) == OUTCOMES
    assert_reconciled(running_product, MINIATURE)


async def test_a_file_that_says_something_else_than_the_graph_does_not_reconcile(
    running_product: RunningProduct, tmp_path: Path
):
    file = renumbered(tmp_path, "8100")
    imported(running_product, file)
    dearer = tmp_path / "dearer.csv"
    dearer.write_text(file.read_text().replace("6,2010-12-01 08:30:00,4.95", "6,2010-12-01 08:30:00,4.96"))

    done = running_product.command("reconcile", str(dearer))

    assert done.returncode == 1
    assert "revenue per invoice: 810001: file 54.96 GBP, graph 54.90 GBP" in done.stdout
    assert "units sold per product: " not in done.stdout


@pytest.mark.parametrize("is_journal_lost", [False, True], ids=["journal kept", "journal lost"])
async def test_an_import_killed_in_the_middle_goes_on_and_doubles_nothing(
    running_product: RunningProduct, tmp_path: Path, is_journal_lost: bool
):
    file = renumbered(tmp_path, "8300" if is_journal_lost else "8200")
    journals = running_product.state / "imports"
    before = set(journals.glob("*")) if journals.is_dir() else set()
    process = started_import(running_product, file)

    async def lines_written() -> int:
        return sum(path.read_text().count("\n") for path in set(journals.glob("*")) - before)

    await eventually(lines_written, lambda count: count >= 6 or process.poll() is not None, seconds=120)
    process.send_signal(signal.SIGKILL)

    assert process.wait() == -signal.SIGKILL, "the import ended before it could be killed"
    if is_journal_lost:
        for journal in set(journals.glob("*")) - before:
            journal.unlink()
    assert imported(running_product, file) == OUTCOMES
    assert_reconciled(running_product, file)


@pytest.mark.shared_data
async def test_the_first_two_real_days_arrive_to_the_penny(running_product: RunningProduct):
    file = shared_data_folder() / "online-retail-2010-12_2011-11.csv.xz"
    days = ("--until", "2010-12-03")

    assert imported(running_product, file, *days) == {
        "SALE": 5_125,
        "CHARGE": 10,
        "RETURN": 69,
        "RETURN_CHARGE": 1,
        "STOCK_ADJUSTMENT": 12,
        "LATER": 511_167,
        "all": 516_384,
    }
    assert_reconciled(running_product, file, *days)
