"""The documentation builds, and what the README points to exists."""

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from cli.ports import CONTEXTS
from router.composition import ErrorCode, HintCode
from router.offline_graph import OfflineGraph
from router.pipeline.parse import select_operation
from router.planning.rendering import render_text
from tests.factories.federation import FederatedGraph, World

ROOT = Path(__file__).parents[2]
ROUTER = ROOT / "docs" / "architecture" / "router.md"


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


async def test_the_worked_example_of_the_router_composes_plans_and_answers_as_it_is_told():
    blocks = re.findall(r"```(\w+)\n(?:# ([a-z]+)\.graphql\n)?(.*?)```", ROUTER.read_text(), flags=re.DOTALL)
    told = {name or language: text for language, name, text in blocks}
    product = {"__typename": "Product", "sku": "K-1", "name": "Kettle", "weightGrams": 1200, "available": 7}
    world = World({"Product": [product]}, {"Query.product": lambda *_, **__: product, "Product.shippingFee": fee})
    graph = FederatedGraph(world, {name: told[name] for name in ("catalog", "shipping", "stock")})
    offline = OfflineGraph(graph.supergraph_sdl)
    document = offline.read(told["operation"])

    plan = offline.plan(document, select_operation(document, None), {})
    answer = await graph.ask(told["operation"], {"sku": "K-1"})

    assert told["supergraph"] in graph.supergraph_sdl
    assert render_text(plan) + "\n" == told["text"]
    assert answer == json.loads(told["json"])


def fee(parent: Mapping[str, int]) -> int:
    return parent["weightGrams"] // 100


def test_every_code_of_composition_is_told_with_its_place():
    page = (ROOT / "docs/operations/composition-codes.md").read_text()
    rows = re.findall(r"^\| `([A-Z_]+)` \|.*?(?:`([a-z_/]+\.py)` \|)?$", page, flags=re.MULTILINE)

    assert sorted(code for code, place in rows if place) == sorted(ErrorCode)
    assert sorted(code for code, place in rows if not place) == sorted(HintCode)
    assert [place for _, place in rows if place and not (ROOT / "router/composition" / place).exists()] == []


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
