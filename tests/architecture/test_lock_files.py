"""npm's lock files: packages by version and content, no address of a registry, a sponsor or anybody else.

What `npm install` writes of `funding` goes again; `npm ci` does not read it.
"""

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_INSTALLED = {"node_modules", ".retailflow", ".venv"}


def _own(name: str) -> list[Path]:
    found = sorted(ROOT.rglob(name))
    return [path for path in found if _INSTALLED.isdisjoint(path.relative_to(ROOT).parts)]


LOCK_FILES = _own("package-lock.json")
_ADDRESS = re.compile(r"\w+://[^\"]*")


def test_each_folder_with_packages_has_its_lock_file():
    assert [path.parent for path in LOCK_FILES] == [path.parent for path in _own("package.json")]


@pytest.mark.parametrize("path", LOCK_FILES, ids=lambda path: str(path.parent.relative_to(ROOT)))
def test_a_lock_file_holds_no_address(path: Path):
    assert _ADDRESS.findall(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", LOCK_FILES, ids=lambda path: str(path.parent.relative_to(ROOT)))
def test_each_locked_package_is_known_by_its_content(path: Path):
    packages = json.loads(path.read_bytes())["packages"]

    assert [name for name, package in packages.items() if name and "integrity" not in package] == []
