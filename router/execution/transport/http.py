"""Subgraphs in other processes: keep-alive pools, no redirects, bounded time and bounded answers."""

import asyncio
import ssl
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Final

import aiohttp

from kernel.deadlines import DEADLINE_HEADER, told_milliseconds
from router.execution.transport.answers import ACCEPTED_CODINGS, read_answer, too_large, unpacked
from router.execution.transport.protocol import Failure, SubgraphAnswer, SubgraphCall, SubgraphUnavailable
from router.execution.transport.replicas import Replica, Replicas
from router.execution.transport.traffic import Traffic

# shorter than what servers usually keep (5 s), or requests meet connections that are just being closed
_KEEP_ALIVE_SECONDS: Final = 4.0
_RESOLVED_SECONDS: Final = 10
_CHECK_LIMITS: Final = aiohttp.ClientTimeout(total=2.0)
_SERVER_ERROR: Final = 500
_PING: Final = b'{"query":"{__typename}"}'
_JSON: Final = {
    "content-type": "application/json",
    "accept": "application/graphql-response+json, application/json;q=0.9",
}


class HttpTransport:
    """Posts operations to the subgraphs' URLs; `kept_headers` (lower case) of answers are brought back."""

    def __init__(
        self, urls: Mapping[str, str], traffic: Mapping[str, Traffic], kept_headers: Collection[str] = ()
    ) -> None:
        self._subgraphs = {
            name: _Subgraph(name, url, traffic.get(name) or Traffic())
            for name, url in urls.items()
            if url or (name in traffic and traffic[name].urls)
        }
        self._kept_headers = frozenset(kept_headers)
        self._session: aiohttp.ClientSession | None = None
        self._checks: list[asyncio.Task[None]] = []

    async def fetch(self, call: SubgraphCall) -> SubgraphAnswer:
        """See `Transport.fetch`."""
        remaining = told_milliseconds(call.deadline - asyncio.get_running_loop().time())
        headers = {**call.headers, **call.trace.headers(), DEADLINE_HEADER: remaining}
        subgraph = self._subgraph(call.subgraph)
        replica = subgraph.replicas.choose()
        replica.in_flight += 1
        try:
            answer = await self._exchange(subgraph, replica, call.body(), headers)
        finally:
            replica.in_flight -= 1
        return answer

    async def check(self, subgraph: str) -> None:
        """Ask the subgraph for the type name of its root; one replica that answers is enough."""
        asked = self._subgraph(subgraph)
        outcomes = await asyncio.gather(*(self._is_there(asked, replica) for replica in asked.replicas.all))
        if not any(outcomes):
            raise SubgraphUnavailable(subgraph, "no replica answers")

    async def close(self) -> None:
        """End the checks and close the pool."""
        for task in self._checks:
            task.cancel()
        await asyncio.gather(*self._checks, return_exceptions=True)
        self._checks.clear()
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _subgraph(self, name: str) -> "_Subgraph":
        subgraph = self._subgraphs.get(name)
        if subgraph is None:
            raise SubgraphUnavailable(name, "no URL is configured", Failure.UNKNOWN)
        return subgraph

    async def _exchange(
        self, subgraph: "_Subgraph", replica: Replica, body: bytes, headers: Mapping[str, str]
    ) -> SubgraphAnswer:
        name = subgraph.name
        try:
            answer = await self._ask(subgraph, replica.url, body, headers)
        except SubgraphUnavailable as error:
            subgraph.replicas.note_failure(replica, error.failure)
            raise
        except TimeoutError as error:
            subgraph.replicas.note_failure(replica, Failure.TIME_OUT)
            raise SubgraphUnavailable(name, "no answer in time", Failure.TIME_OUT) from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            subgraph.replicas.note_failure(replica, Failure.CONNECTION)
            raise SubgraphUnavailable(name, type(error).__name__, Failure.CONNECTION) from error
        subgraph.replicas.note_answer(replica)
        return answer

    async def _ask(
        self,
        subgraph: "_Subgraph",
        url: str,
        body: bytes,
        headers: Mapping[str, str],
        *,
        limits: aiohttp.ClientTimeout | None = None,
    ) -> SubgraphAnswer:
        async with self._pool().post(
            url,
            data=body,
            headers={**headers, **subgraph.headers},
            allow_redirects=False,
            timeout=limits or subgraph.limits,
            ssl=subgraph.tls,
        ) as response:
            content = await _read(subgraph, response)
            retry_after = response.headers.get("retry-after", "")
            answer = read_answer(subgraph.name, response.status, content, retry_after)
            if not self._kept_headers:
                return answer
            received = ((name.lower(), value) for name, value in response.headers.items())
            kept = [pair for pair in received if pair[0] in self._kept_headers]
            return replace(answer, headers=kept)

    async def _is_there(self, subgraph: "_Subgraph", replica: Replica) -> bool:
        try:
            answer = await self._ask(subgraph, replica.url, _PING, {}, limits=_CHECK_LIMITS)
        except (SubgraphUnavailable, aiohttp.ClientError, TimeoutError, OSError, ValueError):
            is_there = False
        else:
            is_there = answer.status < _SERVER_ERROR
        if is_there:
            subgraph.replicas.note_answer(replica)
        else:
            subgraph.replicas.note_failure(replica, Failure.CONNECTION)
        return is_there

    async def _keep_checking(self, subgraph: "_Subgraph") -> None:
        while True:
            await asyncio.sleep(subgraph.check_seconds)
            await asyncio.gather(*(self._is_there(subgraph, replica) for replica in subgraph.replicas.all))

    def _pool(self) -> aiohttp.ClientSession:
        if self._session is None:
            # how many requests run at a time is the bulkheads' business
            connector = aiohttp.TCPConnector(
                limit=0, keepalive_timeout=_KEEP_ALIVE_SECONDS, ttl_dns_cache=_RESOLVED_SECONDS
            )
            self._session = aiohttp.ClientSession(
                connector=connector, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False
            )
            replicated = [subgraph for subgraph in self._subgraphs.values() if len(subgraph.replicas.all) > 1]
            self._checks = [asyncio.create_task(self._keep_checking(subgraph)) for subgraph in replicated]
        return self._session


class _Subgraph:
    """What one subgraph's requests need, made once."""

    def __init__(self, name: str, url: str, traffic: Traffic) -> None:
        self.name = name
        self.replicas = Replicas(name, traffic.urls or [url], traffic.replicas)
        self.check_seconds = traffic.replicas.check_seconds
        self.max_answer_bytes = traffic.max_answer_bytes
        self.limits = aiohttp.ClientTimeout(total=traffic.timeout_seconds)
        self.headers = {**_JSON, "accept-encoding": ACCEPTED_CODINGS if traffic.accepts_compression else "identity"}
        self.tls = ssl.create_default_context(cafile=traffic.ca_file) if traffic.ca_file is not None else True


async def _read(subgraph: _Subgraph, response: aiohttp.ClientResponse) -> bytes:
    """The body, unpacked; neither packed nor unpacked more of it than the limit is held."""
    limit = subgraph.max_answer_bytes
    declared = response.content_length
    if declared is None:
        content = await _read_unannounced(subgraph, response)
    elif declared > limit:
        response.close()
        raise too_large(subgraph.name)
    else:
        content = await response.read()
    coding = response.headers.get("content-encoding", "")
    return unpacked(subgraph.name, content, coding.strip().lower(), limit) if coding else content


async def _read_unannounced(subgraph: _Subgraph, response: aiohttp.ClientResponse) -> bytes:
    content = bytearray()
    async for chunk in response.content.iter_any():
        content += chunk
        if len(content) > subgraph.max_answer_bytes:
            response.close()
            raise too_large(subgraph.name)
    return bytes(content)
