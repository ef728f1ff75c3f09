"""The documentation builds, and what the README points to exists."""

import re
import subprocess
import sys
from pathlib import Path

from cli.ports import CONTEXTS

ROOT = Path(__file__).parents[2]


def test_the_documentation_builds_without_a_warning(tmp_path: Path):
    built = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path / "site")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", "NO_MKDOCS_2_WARNING": "1"},
    )

    assert (built.returncode, built.stderr) == (0, "")
    assert (tmp_path / "site" / "index.html").is_file()


def test_every_place_the_readme_names_exists():
    readme = (ROOT / "README.md").read_text()
    links = re.findall(r"\]\(([^)#:]+)\)", readme)
    table = re.findall(r"^\|[^|]+\|([^|]+)\|$", readme, flags=re.MULTILINE)
    places = [place for cell in table for place in re.findall(r"`([a-z_.]+/[^`<…]+|[a-z]+/)`", cell)]

    missing = [place for place in [*links, *places] if not (ROOT / place).exists()]

    assert missing == []
    assert len(places) >= 15


def test_every_room_the_readme_promises_of_a_domain_is_in_every_domain():
    readme = (ROOT / "README.md").read_text()
    rooms = re.findall(r"`(subgraphs|schema/subgraphs)/<domain>/([a-z_.]+)/?`", readme)

    places = [ROOT / folder / context / room for folder, room in rooms for context in CONTEXTS]
    missing = [str(place.relative_to(ROOT)) for place in places if not (place.exists() or Path(f"{place}.py").exists())]

    assert missing == []
    assert [room for _, room in rooms] == ["use_cases", "model", "repository", "events.py", "graphql"]
