"""Times ways to do the same thing, in turn, as CPU microseconds; first they must all give the same answer."""

import gc
import statistics
import time
from collections.abc import Awaitable, Callable, Mapping

import orjson

from kernel.process import tune_garbage_collection

Way = Callable[[], Awaitable[object]]


async def checked(ways: Mapping[str, Way]) -> bytes:
    """The JSON all ways give, order of keys included."""
    answers = {name: orjson.dumps(await way()) for name, way in ways.items()}
    first = next(iter(answers.values()))
    for name, answer in answers.items():
        if answer != first:
            raise RuntimeError(f"{name} answers {answer[:300]!r} and not {first[:300]!r}")
    return first


async def compared(ways: Mapping[str, Way], *, rounds: int, seconds: float) -> dict[str, float]:
    """Microseconds of CPU per call: each way runs about `seconds` in each round, the median round counts."""
    repeats = {name: max(1, int(seconds / await _once(way))) for name, way in ways.items()}
    tune_garbage_collection()
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            gc.collect()
            started = time.process_time()
            for _ in range(repeats[name]):
                await way()
            times[name].append((time.process_time() - started) / repeats[name])
    return {name: statistics.median(measured) * 1e6 for name, measured in times.items()}


async def _once(way: Way) -> float:
    """Seconds of one call, after a few that warm caches."""
    for _ in range(3):
        await way()
    started = time.perf_counter()
    for _ in range(3):
        await way()
    return (time.perf_counter() - started) / 3
