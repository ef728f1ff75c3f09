"""The least cost of some look-ups, found by trying every time each of them can run."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from math import prod

_MOST_SCHEDULES = 2_000


class TooManyPlans(Exception):
    """There are more plans than anyone wants to wait for."""


@dataclass(eq=False)
class LookUp:
    """One look-up in a subgraph and those it waits for."""

    subgraph: str
    parents: "set[LookUp]" = field(default_factory=set)
    is_root: bool = False


def cost_of(look_ups: Sequence[LookUp], most_hops: float) -> tuple[int, int]:
    """Hops, and the fewest requests with them, where look-ups of one subgraph at the same time are one request.

    With more hops than wanted the requests are not counted. Parents come first among the look-ups.

    Raises:
        TooManyPlans: there are too many times at which they can run.
    """
    earliest: dict[LookUp, int] = {}
    for look_up in look_ups:
        earliest[look_up] = 1 + max((earliest[parent] for parent in look_up.parents), default=-1)
    hops = 1 + max(earliest.values())
    return (hops, _fewest_requests(look_ups, earliest, hops) if hops <= most_hops else 0)


def _fewest_requests(look_ups: Sequence[LookUp], earliest: Mapping[LookUp, int], hops: int) -> int:
    latest = _latest(look_ups, hops)
    asked = Counter((item.subgraph, item.is_root) for item in look_ups)
    times = [
        range(earliest[item], latest[item] + 1)
        if asked[item.subgraph, False] > 1 and not item.is_root
        else [earliest[item]]
        for item in look_ups
    ]
    if prod(map(len, times)) > _MOST_SCHEDULES:
        raise TooManyPlans
    schedules = (dict(zip(look_ups, chosen, strict=True)) for chosen in product(*times))
    return min(_requests(schedule) for schedule in schedules if _is_possible(schedule))


def _latest(look_ups: Sequence[LookUp], hops: int) -> Mapping[LookUp, int]:
    latest = dict.fromkeys(look_ups, hops - 1)
    for item in reversed(look_ups):
        for parent in item.parents:
            latest[parent] = min(latest[parent], latest[item] - 1)
    return latest


def _is_possible(schedule: Mapping[LookUp, int]) -> bool:
    return all(schedule[parent] < time for item, time in schedule.items() for parent in item.parents)


def _requests(schedule: Mapping[LookUp, int]) -> int:
    return len({(item.subgraph, time, item.is_root) for item, time in schedule.items()})
