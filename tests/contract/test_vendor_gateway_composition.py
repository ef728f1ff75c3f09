"""Another vendor's composer judges the same graphs alike, and joins them alike."""

from dataclasses import dataclass

import pytest
import pytest_asyncio

from router.composition import compose
from tests.contract.vendor_gateway.known_facts import differing_facts
from tests.contract.vendor_gateway.node_peer import install_node_peer
from tests.unit.router.composition.documents import sources
from tests.unit.router.composition.rule_cases import EVERY_CASE
from tests.unit.router.composition.test_compose import SHOP
from tests.unit.router.composition.test_satisfiability import REACHABLE, UNREACHABLE

pytestmark = pytest.mark.node

# The peer throws where these are refused, and on one of them even where it is kept.
_THROWN_WHERE_KEPT = "REQUIRES_INVALID_FIELDS argument_not_known_to_an_interface_object"
_THROWN = {
    "REQUIRES_INVALID_FIELDS value_not_known_elsewhere",
    "LIST_SIZE_INVALID_SLICING_ARGUMENT lost",
    _THROWN_WHERE_KEPT,
}

_REFUSED = {f"{case.code} {case.name}".strip(): (case.refused, str(case.code)) for case in EVERY_CASE} | {
    name: (graph, "SATISFIABILITY_ERROR")
    for name, (graph, _, _) in UNREACHABLE.items()
    # The peer runs out of stack on this one.
    if name != "requires_in_a_circle"
}
_ACCEPTED = {f"{case.code} {case.name}".strip(): case.accepted for case in EVERY_CASE} | REACHABLE | {"shop": SHOP}


@dataclass(frozen=True, slots=True)
class _Verdict:
    codes: list[str]
    supergraph: str | None


@pytest_asyncio.fixture(scope="module")
async def verdicts() -> dict[str, _Verdict]:
    peer = await install_node_peer()
    graphs = {f"refused {name}": graph for name, (graph, _) in _REFUSED.items()}
    graphs |= {f"accepted {name}": graph for name, graph in _ACCEPTED.items()}
    question = [
        [{"name": source.name, "url": source.url, "sdl": source.sdl} for source in sources(graph)]
        for graph in graphs.values()
    ]
    answers = await peer.run("compose.cjs", question, list[_Verdict])
    return dict(zip(graphs, answers, strict=True))


@pytest.mark.parametrize("name", _REFUSED)
async def test_the_peer_refuses_what_we_refuse_and_names_the_same_rule(verdicts, name):
    assert ("CRASH" if name in _THROWN else _REFUSED[name][1]) in verdicts[f"refused {name}"].codes


@pytest.mark.parametrize("name", [name for name in _ACCEPTED if name != _THROWN_WHERE_KEPT])
async def test_the_peer_joins_what_we_accept_in_the_same_way(verdicts, name):
    verdict = verdicts[f"accepted {name}"]
    ours = compose(sources(_ACCEPTED[name])).supergraph_sdl

    assert verdict.codes == []
    assert verdict.supergraph is not None
    sdl = "\n".join(source.sdl for source in sources(_ACCEPTED[name]))
    assert differing_facts("apollo", "supergraph", (ours, verdict.supergraph), sdl) == []
