"""p95 of a session check against its limit of 3 ms, p99 of a revocation against its limit of 1 s.

usage: python -m bench.sessions [--seconds S] [--revocations N]
The check is measured twice: alone, as a BFF makes it (Redis, unsealing, sliding), and as a whole request to a replica
(`/auth/session`) beside the same process' `/health/live`, which has no session; they take turns, and the median round
counts. A revocation is timed from sending the provider's logout token to one replica until all three refuse the
session; each replica is asked without pause.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

import aiohttp
import uvloop
from joserfc import jwt

from bench.load import HEADER, measure
from bench.sessions.replicas import Field, opened_field
from bff.session.model import Session
from cli.development_provider.tokens import LOGOUT_EVENT
from kernel.telemetry import configure_logging
from tests.factories.bff import Browser, Journey

CHECK_LIMIT_MS: Final = 3.0
REVOCATION_LIMIT_MS: Final = 1000.0
REPLICAS: Final = 3
ROUNDS: Final = 3
CLIENTS: Final = (1, 8)
REFUSED: Final = 401


def logout_token(world: Journey, session: Session) -> str:
    """What the provider sends when it ends `session`."""
    now = int(time.time())
    claims = {
        "iss": world.provider.issuer,
        "aud": world.client_id,
        "sub": session.subject,
        "sid": session.provider_session_id,
        "iat": now,
        "exp": now + 120,
        "jti": f"bench-{time.time_ns()}",
        "events": {LOGOUT_EVENT: {}},
    }
    key = world.provider.mint._key  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - the provider tells nobody its key
    return jwt.encode({"alg": "RS256", "typ": "logout+jwt", "kid": key.kid}, claims, key, ["RS256"])


def cookie_of(world: Journey, browser: Browser) -> dict[str, str]:
    return {"cookie": f"{world.session_cookie}={browser.cookies[world.session_cookie]}"}


def asking(http: aiohttp.ClientSession, url: str, headers: dict[str, str]) -> Callable[[int], Awaitable[None]]:
    async def ask(_client: int) -> None:
        async with http.get(url, headers=headers) as answer:
            answer.raise_for_status()
            await answer.read()

    return ask


async def checks(field: Field, http: aiohttp.ClientSession, seconds: float) -> None:
    browser = await field.world.signed_in()
    session_id = browser.cookies[field.world.session_cookie]
    origin = field.origins[0]

    async def check(_client: int) -> None:
        await field.world.parts.sessions.find(session_id)

    kinds = {
        "alone": check,
        "request with a session": asking(http, f"{origin}/auth/session", cookie_of(field.world, browser)),
        "request without (peer)": asking(http, f"{origin}/health/live", {}),
    }
    print(f"{'session check':<28}{HEADER}   of the limit")
    for clients in CLIENTS:
        rounds = [[await measure(clients, seconds, ask) for ask in kinds.values()] for _ in range(ROUNDS)]
        for kind, runs in zip(kinds, zip(*rounds, strict=True), strict=True):
            middle = sorted(runs, key=lambda run: run.p95)[len(runs) // 2]
            print(f"{kind:<28}{middle.row()}   {middle.p95 / CHECK_LIMIT_MS:>10.2f}")


async def until_refused(http: aiohttp.ClientSession, origin: str, headers: dict[str, str]) -> float:
    while True:
        async with http.get(f"{origin}/auth/session", headers=headers) as answer:
            await answer.read()
            if answer.status == REFUSED:
                return time.perf_counter()


async def revoked_milliseconds(field: Field, http: aiohttp.ClientSession) -> float:
    """Sign in, end the session by a logout token at one replica, and wait until every replica refuses it."""
    browser = await field.world.signed_in()
    token = logout_token(field.world, await field.world.session_of(browser))
    headers = cookie_of(field.world, browser)
    watching = [asyncio.create_task(until_refused(http, origin, headers)) for origin in field.origins]
    sent_at = time.perf_counter()
    async with http.post(f"{field.origins[0]}/auth/backchannel-logout", data={"logout_token": token}) as answer:
        answer.raise_for_status()
    return (max(await asyncio.gather(*watching)) - sent_at) * 1000


async def revocations(field: Field, http: aiohttp.ClientSession, count: int) -> None:
    times = [await revoked_milliseconds(field, http) for _ in range(count)]
    cuts = statistics.quantiles(times, n=100, method="inclusive")
    print(
        f"\nrevocation seen by {REPLICAS} replicas, {count} times: p50 {cuts[49]:.1f} ms, p99 {cuts[98]:.1f} ms, ",
        end="",
    )
    print(f"worst {max(times):.1f} ms; p99 is {cuts[98] / REVOCATION_LIMIT_MS:.3f} of the limit")


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--revocations", type=int, default=200)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        async with opened_field(Path(folder), replicas=REPLICAS) as field, aiohttp.ClientSession() as http:
            await checks(field, http, arguments.seconds)
            await revocations(field, http, arguments.revocations)


if __name__ == "__main__":
    configure_logging("bench", level="WARNING")
    uvloop.run(main())
