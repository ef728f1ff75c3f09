"""Random subgraph sets are composed as two other vendors compose them.

`RETAILFLOW_COMPOSITION_CASES` sets how many, `RETAILFLOW_COMPOSITION_SEED` which.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass

import pytest

from router.composition import CompositionFailed, compose
from tests.contract.vendor_gateway.known_differences import (
    Judgements,
    disagreement,
)
from tests.contract.vendor_gateway.known_facts import differing_facts
from tests.contract.vendor_gateway.known_hints import differing_hints
from tests.contract.vendor_gateway.node_peer import install_node_peer
from tests.factories.subgraph_sets import Case, draw_case

pytestmark = pytest.mark.node

_SEED = int(os.environ.get("RETAILFLOW_COMPOSITION_SEED", "1"))
_CASES = int(os.environ.get("RETAILFLOW_COMPOSITION_CASES", "2500"))
_BATCH = 100


@dataclass(frozen=True, slots=True)
class _Verdict:
    codes: list[str]
    supergraph: str | None
    api: str | None
    hints: list[str]


@dataclass(frozen=True, slots=True)
class _Verdicts:
    apollo: _Verdict
    guild: _Verdict


async def test_random_subgraph_sets_are_composed_as_others_compose_them():
    peer = await install_node_peer()
    differences: dict[int, str] = {}

    async with peer.conversation("compose_both.cjs", list[_Verdicts]) as ask:
        batches = [range(start, min(start + _BATCH, _CASES)) for start in range(0, _CASES, _BATCH)]
        asked = _asked(ask, batches[0])
        for batch in batches:
            cases, answer = asked
            verdicts = await answer
            # The others judge the next batch while ours judges this one.
            asked = _asked(ask, range(batch.stop, min(batch.stop + _BATCH, _CASES)))
            await asyncio.sleep(0.05)  # lets the question leave before this process computes
            differences |= _all_differences(cases, verdicts)
        await asked[1]

    assert differences == {}


_Ask = Callable[[object], Awaitable[list[_Verdicts]]]


def _asked(ask: _Ask, numbers: range) -> tuple[list[Case], asyncio.Task[list[_Verdicts]]]:
    cases = [draw_case(_SEED, number) for number in numbers]
    return cases, asyncio.create_task(_ask(ask, cases))


async def _ask(ask: _Ask, cases: list[Case]) -> list[_Verdicts]:
    return await ask([[asdict(source) for source in case.sources] for case in cases])


def _all_differences(cases: list[Case], verdicts: list[_Verdicts]) -> dict[int, str]:
    found = {case.number: (case.faults, _differences(case, each)) for case, each in zip(cases, verdicts, strict=True)}
    return {number: f"{faults}: {'; '.join(texts)}" for number, (faults, texts) in found.items() if texts}


def _differences(case: Case, verdicts: _Verdicts) -> list[str]:
    ours = _compose(case)
    sdl = "\n".join(source.sdl for source in case.sources)
    codes = frozenset(ours.codes), frozenset(verdicts.apollo.codes), frozenset(verdicts.guild.codes)
    has_version_one = any("@link" not in source.sdl for source in case.sources)
    found = disagreement(Judgements(*codes, sdl, has_version_one))
    if found:
        return [f"{found}: ours {ours.codes}, Apollo's {verdicts.apollo.codes}, the Guild's {verdicts.guild.codes}"]
    return _differing_facts(ours, verdicts, sdl) if ours.supergraph else []


def _compose(case: Case) -> _Verdict:
    try:
        composition = compose(case.sources)
    except CompositionFailed as failure:
        return _Verdict(sorted({str(error.code) for error in failure.errors}), None, None, [])
    hints = [f"{hint.code} {hint.coordinate}" for hint in composition.hints]
    return _Verdict([], composition.supergraph_sdl, composition.api_sdl, hints)


def _differing_facts(ours: _Verdict, verdicts: _Verdicts, sdl: str) -> list[str]:
    strange: list[str] = []
    for name, peer in (("apollo", verdicts.apollo), ("guild", verdicts.guild)):
        for schema, mine, other in (("supergraph", ours.supergraph, peer.supergraph), ("API", ours.api, peer.api)):
            if mine and other:
                strange += [f"{name}'s {schema}: {fact}" for fact in differing_facts(name, schema, (mine, other), sdl)]
    if verdicts.apollo.supergraph:
        strange += [f"hint: {hint}" for hint in differing_hints(ours.hints, verdicts.apollo.hints, sdl)]
    return strange
