"""What every request costs before it does anything: HTTP, our frame, the access log line, the check of the token.

usage: python -m bench.execution.request_frame [--seconds S] [--rounds R]
"""

import argparse
import asyncio
import statistics
import sys
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack

import orjson
import uvicorn
from joserfc.jwk import KeySet
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bench.execution.closed_loop import Usage, drive, post
from bench.execution.over_http import CONNECTIONS, ROOT, Candidate, serving
from bench.execution.shop_database import Issuer, opened_issuer
from cli.processes.inspection import free_port
from kernel.asgi import service_app
from kernel.identity import StaticKeys, TokenVerifier
from kernel.ids import uuid7
from kernel.process import tune_garbage_collection
from kernel.telemetry import configure_logging

WAYS: Mapping[str, str] = {
    "bare": "Starlette on uvloop and httptools",
    "quiet": "with our frame, without its access log",
    "framed": "with our frame",
}
BODY = orjson.dumps({"data": "x" * 10_000})


async def answer(request: Request) -> Response:
    orjson.loads(await request.body())
    return Response(BODY, media_type="application/json")


def serve(way: str, port: int) -> None:
    routes = [Route("/graphql", answer, methods=["POST"])]
    configure_logging("bench", level="WARNING" if way == "quiet" else "INFO")
    app = Starlette(routes=routes) if way == "bare" else service_app(service="bench", routes=routes)
    tune_garbage_collection()
    uvicorn.run(app, port=port, http="httptools", loop="uvloop", log_config=None, access_log=False, server_header=False)


async def measure(*, rounds: int, seconds: float) -> None:
    request = post("/graphql", orjson.dumps({"query": "x" * 200}), {"authorization": f"Bearer {'x' * 900}"})
    async with AsyncExitStack() as stack:
        candidates: list[Candidate] = []
        for way in WAYS:
            port = free_port()
            command = ("-m", "bench.execution.request_frame", way, str(port))
            candidates.append(await stack.enter_async_context(serving(way, command, port, folder=ROOT, variables={})))
        costs: dict[str, list[float]] = {way: [] for way in WAYS}
        for _ in range(rounds):
            for candidate in candidates:
                usage = Usage(candidate.pid)
                load = await drive(candidate.port, request, connections=CONNECTIONS, seconds=seconds)
                costs[candidate.name].append(usage.seconds() / load.requests)
    for way, name in WAYS.items():
        print(f"{name:<44}{statistics.median(costs[way]) * 1e6:>8.0f} µs")


async def measure_tokens(issuer: Issuer) -> None:
    keys = StaticKeys(KeySet.import_key_set(issuer.key_set()))
    token = issuer.access_token(uuid7())
    remembering = TokenVerifier(issuer.environment()["RETAILFLOW_ISSUER"], "retail-api", keys)
    started = time.process_time()
    for _ in range(1_000):
        await TokenVerifier(issuer.environment()["RETAILFLOW_ISSUER"], "retail-api", keys).verify(token)
    first = time.process_time()
    for _ in range(100_000):
        await remembering.verify(token)
    again = time.process_time()
    print(f"{'an access token seen for the first time':<44}{(first - started) * 1e3:>8.1f} µs")
    print(f"{'an access token seen before':<44}{(again - first) * 1e1:>8.1f} µs")


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=1)
    parser.add_argument("--rounds", type=int, default=9)
    arguments = parser.parse_args()
    await measure(rounds=arguments.rounds, seconds=arguments.seconds)
    with opened_issuer() as issuer:
        await measure_tokens(issuer)


if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[1] in WAYS:
        serve(sys.argv[1], int(sys.argv[2]))
    else:
        asyncio.run(main())
