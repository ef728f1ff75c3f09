"""Web BFFs as processes of their own, with real Redis; beside them the development provider and a router stand-in."""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from bench.starting import until_open
from cli.embedded.redis import start_redis
from tests.factories.bff import BFF_SECRET, Journey, journey

ROOT = Path(__file__).parents[2]
# counted in Redis like others, and never reached: one session and one address make all requests
_RATES = (
    "RETAILFLOW_RATE_PER_SESSION",
    "RETAILFLOW_RATE_PER_ADDRESS",
    "RETAILFLOW_RATE_PER_TENANT",
    "RETAILFLOW_RATE_OF_SIGN_IN",
    "RETAILFLOW_RATE_OF_BACKCHANNEL_LOGOUT",
)


@dataclass(frozen=True, slots=True)
class Field:
    """Everything a measurement talks to; `origins` are the replicas'."""

    world: Journey
    origins: list[str]


@asynccontextmanager
async def opened_field(folder: Path, *, replicas: int) -> AsyncIterator[Field]:
    """The replicas share settings and Redis with the BFF inside `world`, which only makes sessions."""
    redis = start_redis(folder / "redis", durable=False)
    try:
        async with AsyncExitStack() as stack:
            world = await stack.enter_async_context(journey(redis.url_of(1), folder))
            settings = world.settings
            environment = {
                **os.environ,
                "RETAILFLOW_PROFILE": settings.profile,
                "RETAILFLOW_LOG_LEVEL": "WARNING",
                "RETAILFLOW_ISSUER": settings.issuer,
                "RETAILFLOW_SESSION_REDIS_URL": settings.session_redis_url,
                "RETAILFLOW_SESSION_KEY": _told(settings.session_key),
                "RETAILFLOW_WEB_BFF_SECRET": BFF_SECRET,
                "RETAILFLOW_WEB_URL": settings.public_url,
                "RETAILFLOW_ROUTER_URL": settings.router_url,
                **dict.fromkeys(_RATES, "1000000/second"),
            }
            ports = [_free_port() for _ in range(replicas)]
            for port in ports:
                await stack.enter_async_context(_process(port, environment))
            yield Field(world, [f"http://127.0.0.1:{port}" for port in ports])
    finally:
        redis.stop()


@asynccontextmanager
async def _process(port: int, environment: dict[str, str]) -> AsyncIterator[None]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bff.web", str(port), env=environment, cwd=ROOT
    )
    try:
        await asyncio.wait_for(until_open(port, process), 60)
        yield
    finally:
        process.terminate()
        await process.wait()


def _told(secret: SecretStr) -> str:
    return secret.get_secret_value()


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return listening.getsockname()[1]
