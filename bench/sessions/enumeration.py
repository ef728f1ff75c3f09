"""Whether a clock tells who has an account: Welch's t of refused sign-ins, unknown names against wrong passwords.

usage: python -m bench.sessions.enumeration [--samples N]
Below 4.5 the two cannot be told apart (security.md N47). The kinds take turns in random order, against the development
provider, whose passwords are checked by our own code; a Keycloak's are not ours to measure.
"""

import argparse
import asyncio
import random
import statistics
import tempfile
import time
from pathlib import Path
from typing import Final

from cli.embedded.redis import start_redis
from kernel.telemetry import configure_logging
from tests.factories.bff import Answer, Browser, journey, submit_login
from tests.factories.wrong_sign_ins import refused_names

LIMIT: Final = 4.5
WARM_UP: Final = 20
REFUSED: Final = 401


def welch(one: list[float], other: list[float]) -> float:
    """Student's t of two samples with variances of their own."""
    spread = statistics.variance(one) / len(one) + statistics.variance(other) / len(other)
    return (statistics.fmean(one) - statistics.fmean(other)) / spread**0.5


async def refused_milliseconds(browser: Browser, page: Answer, username: str) -> float:
    started_at = time.perf_counter()
    await submit_login(browser, page, username, "a wrong password", statuses={REFUSED})
    return (time.perf_counter() - started_at) * 1000


async def measured(folder: Path, samples: int) -> dict[str, list[float]]:
    redis = start_redis(folder / "redis", durable=False)
    try:
        async with journey(redis.url_of(1), folder) as world:
            names = refused_names(world.provider)
            browser = world.browser()
            page = await browser.get((await browser.get(f"{world.bff}/auth/login")).location)
            times: dict[str, list[float]] = {kind: [] for kind in names}
            for _ in range(WARM_UP + samples):
                for kind in random.sample(sorted(names), len(names)):
                    times[kind].append(await refused_milliseconds(browser, page, names[kind]))
            return {kind: taken[WARM_UP:] for kind, taken in times.items()}
    finally:
        redis.stop()


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--samples", type=int, default=1000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        times = await measured(Path(folder), arguments.samples)
    wrong = times.pop("wrong password")
    print(f"wrong password: mean {statistics.fmean(wrong):.2f} ms, {arguments.samples} samples of each")
    for kind, taken in times.items():
        t = welch(taken, wrong)
        print(f"{kind:<16} mean {statistics.fmean(taken):.2f} ms, t {t:+.2f}, {abs(t) / LIMIT:.2f} of the limit")


if __name__ == "__main__":
    configure_logging("bench", level="ERROR")
    asyncio.run(main())
