"""Each number of docs/operations/negative-tests.md has tests, on both BFFs or with a reason why not."""

import re
import subprocess
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "operations" / "negative-tests.md"
NUMBERS = tuple(range(1, 49))
ROW = re.compile(r"^\| N(\d+) \| .+ \| (`tests/.+?) \|$", re.MULTILINE)
# a test of one BFF says so by its fixture, not by a parameter
ONE_FACED = {"tests/integration/bff/test_dpop.py": "pos"}


@dataclass(frozen=True, slots=True)
class Promise:
    """What the page says of one number."""

    files: tuple[str, ...]
    faces: frozenset[str]


def promises() -> dict[int, Promise]:
    found = {int(number): cell for number, cell in ROW.findall(PAGE.read_text())}
    return {
        number: Promise(
            tuple(re.findall(r"`(tests/[\w/]+\.py)`", cell)),
            frozenset({"pos"}) if re.search(r"\(POS BFF only: \w.+\)", cell) else frozenset({"web", "pos"}),
        )
        for number, cell in found.items()
    }


def numbers_of(test: str) -> set[int]:
    """The numbers in a test's name; `n30_to_n36` stands for all between."""
    spans = re.findall(r"_n(\d+)_to_n(\d+)", test)
    single = {int(number) for number in re.findall(r"(?<=_)n(\d+)(?=_)", test)}
    return single.union(*(range(int(first), int(last) + 1) for first, last in spans))


def faces_of(file: str, parameters: str) -> set[str]:
    if file in ONE_FACED:
        return {ONE_FACED[file]}
    return {"web", "pos"} & set(re.split(r"\W+", parameters))


@pytest.fixture(scope="module")
def proved() -> dict[tuple[int, str], set[str]]:
    """On which BFFs tests of a number run, by number and file."""
    files = sorted({file for promise in promises().values() for file in promise.files})
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", *files]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    found: defaultdict[tuple[int, str], set[str]] = defaultdict(set)
    for file, test, parameters in re.findall(r"^(\S+?)::(test_\w+)(?:\[(.*)\])?$", done.stdout, re.MULTILINE):
        for number in numbers_of(test):
            found[number, file] |= faces_of(file, parameters)
    return found


def test_every_number_is_on_the_page_once():
    assert tuple(int(number) for number, _ in ROW.findall(PAGE.read_text())) == NUMBERS


@pytest.mark.parametrize("number", NUMBERS)
def test_a_number_is_tried_in_the_files_the_page_names(number: int, proved: dict[tuple[int, str], set[str]]):
    promise = promises()[number]

    assert promise.files
    untried = {file: promise.faces - proved.get((number, file), set()) for file in promise.files}
    assert {file: set(faces) for file, faces in untried.items() if faces} == {}


def test_names_say_their_numbers():
    assert numbers_of("test_n30_to_n32_a_wrong_claim") == {30, 31, 32}
    assert numbers_of("test_n6_n11_n12_a_wrong_claim") == {6, 11, 12}
    assert numbers_of("test_nobody_n") == set()
