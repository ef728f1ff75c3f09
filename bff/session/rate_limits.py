"""Counts requests in Redis for all replicas together, in one round trip however many limits apply to a request.

Each limit is a leaky bucket kept as one instant (GCRA): when it will be empty again. Time is Redis's, so replicas whose
clocks differ count alike. The rates' notation is `limits`'; its strategies ask Redis once per limit and once more for
what is left, which for four limits would cost more than the session check itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final, cast

from redis.asyncio import Redis

from bff.session.rate import Rate
from bff.session.redis_access import failing_closed, hashed

_MICROSECONDS: Final = 1_000_000

# KEYS: buckets. ARGV: pairs (microseconds per request, microseconds of the whole bucket).
# Answers triples (requests left, microseconds until all are, microseconds until one more fits; 0 if it did).
# What one bucket refuses is not taken from the others.
_TAKE: Final = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local empty_at, waits, is_refused = {}, {}, false
for i = 1, #KEYS do
  empty_at[i] = math.max(tonumber(redis.call('GET', KEYS[i])) or 0, now)
  waits[i] = math.max(0, empty_at[i] + ARGV[2 * i - 1] - ARGV[2 * i] - now)
  is_refused = is_refused or waits[i] > 0
end
local answer = {}
for i = 1, #KEYS do
  if not is_refused then
    empty_at[i] = empty_at[i] + ARGV[2 * i - 1]
    redis.call('SET', KEYS[i], string.format('%.0f', empty_at[i]), 'PX', math.ceil((empty_at[i] - now) / 1000))
  end
  answer[#answer + 1] = math.floor((now + ARGV[2 * i] - empty_at[i]) / ARGV[2 * i - 1])
  answer[#answer + 1] = empty_at[i] - now
  answer[#answer + 1] = waits[i]
end
return answer
"""


@dataclass(frozen=True, slots=True)
class Bucket:
    """One limit: `name` is what clients are told, `whose` never leaves the process in the clear."""

    name: str
    whose: str
    rate: Rate


@dataclass(frozen=True, slots=True)
class Standing:
    """How a bucket stands after a request; `wait_seconds` is 0 unless it refused the request."""

    bucket: Bucket
    left: int
    full_in_seconds: int
    wait_seconds: int


class RateLimits:
    """The buckets of one BFF."""

    def __init__(self, redis: Redis, *, namespace: str) -> None:
        self._take = redis.register_script(_TAKE)
        self._prefix = f"bff:{namespace}:rate"

    async def take(self, buckets: Sequence[Bucket]) -> list[Standing]:
        """Take one request from each bucket, or from none if one of them has none left.

        Raises:
            Unavailable: Redis does not answer.
        """
        keys = [f"{self._prefix}:{bucket.name}:{hashed(bucket.whose)}" for bucket in buckets]
        arguments: list[int] = []
        for bucket in buckets:
            whole = bucket.rate.seconds * _MICROSECONDS
            arguments += (max(1, whole // bucket.rate.amount), whole)
        with failing_closed():
            answer = cast("list[int]", await self._take(keys=keys, args=arguments))
        return [
            Standing(bucket, max(0, left), ceil(full / _MICROSECONDS), ceil(wait / _MICROSECONDS))
            for bucket, left, full, wait in zip(buckets, answer[::3], answer[1::3], answer[2::3], strict=True)
        ]
