"""Redis as the BFFs use it: short time-outs, and every failure of it closes the door instead of opening it."""

import hashlib
from collections.abc import Generator
from contextlib import contextmanager

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import ConstantBackoff
from redis.exceptions import RedisError

from kernel.errors import Unavailable

_TIMEOUT_SECONDS = 2.0
_RETRIES = 1


def connect(url: str) -> Redis:
    """A pooled client; connects when first used. Retries once, for a connection the server closed meanwhile."""
    return Redis.from_url(  # pyright: ignore[reportUnknownMemberType]
        url,
        socket_timeout=_TIMEOUT_SECONDS,
        socket_connect_timeout=_TIMEOUT_SECONDS,
        retry=Retry(ConstantBackoff(0.05), _RETRIES),
    )


@contextmanager
def failing_closed() -> Generator[None]:
    """Turn every failure of Redis into `Unavailable`, which the BFFs answer with 503."""
    try:
        yield
    except (RedisError, OSError, TimeoutError) as error:
        raise Unavailable("sign-in state cannot be read at the moment") from error


def hashed(*parts: str) -> str:
    """What stands in a key of Redis for secrets and names of people, which are not to be read there."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
