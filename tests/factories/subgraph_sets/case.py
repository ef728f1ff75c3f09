"""One numbered set of subgraphs: a consistent graph, its decoration, and perhaps a few faults."""

from dataclasses import dataclass
from random import Random

from router.composition import SubgraphSource
from tests.factories.subgraph_sets.consistent import draw_consistent
from tests.factories.subgraph_sets.decorations import decorate
from tests.factories.subgraph_sets.faults import FAULTS

_FAULTY = 0.4


@dataclass(frozen=True, slots=True)
class Case:
    """The subgraphs of one number, and the names of the faults planted in them."""

    number: int
    faults: tuple[str, ...]
    sources: tuple[SubgraphSource, ...]


def draw_case(seed: int, number: int) -> Case:
    """The set of subgraphs that this seed gives for this number."""
    rng = Random(f"{seed}:{number}")
    drafts = draw_consistent(rng)
    decorate(drafts, rng)
    planted: list[str] = []
    if rng.random() < _FAULTY:
        for _ in range(rng.choice((1, 1, 1, 2))):
            fault = rng.choice(FAULTS)
            if fault(drafts, rng):
                planted.append(fault.__name__)
    sources = tuple(SubgraphSource(draft.name, f"http://{draft.name}.example", draft.sdl()) for draft in drafts)
    return Case(number, tuple(planted), sources)
