"""Subgraphs in other processes: one keep-alive pool, no redirects, bounded time and bounded answers."""

import asyncio
from collections.abc import Mapping
from typing import Final

import aiohttp
import orjson

from kernel.subgraph import JsonObject, JsonValue
from router.execution.transport.protocol import SubgraphAnswer, SubgraphCall, SubgraphUnavailable

_ACCEPTED: Final = "application/graphql-response+json, application/json;q=0.9"
_HTTP_SERVER_ERROR: Final = 500
_KEEP_ALIVE_SECONDS: Final = 30.0
_CHECK_SECONDS: Final = 2.0


class HttpTransport:
    """Posts operations to the subgraphs' URLs."""

    def __init__(
        self,
        urls: Mapping[str, str],
        *,
        timeout_seconds: float = 10.0,
        max_answer_bytes: int = 16 * 1024 * 1024,
        max_connections: int = 256,
    ) -> None:
        self._urls = urls
        self._timeout = aiohttp.ClientTimeout(total=timeout_seconds)
        self._max_answer_bytes = max_answer_bytes
        self._max_connections = max_connections
        self._session: aiohttp.ClientSession | None = None

    async def fetch(self, call: SubgraphCall) -> SubgraphAnswer:
        """See `Transport.fetch`."""
        sent = {**call.headers, **call.trace.headers(), "content-type": "application/json", "accept": _ACCEPTED}
        remaining = call.deadline - asyncio.get_running_loop().time()
        sent["x-retail-deadline-ms"] = str(max(1, int(remaining * 1000)))
        return SubgraphAnswer(await self._exchange(call.subgraph, call.body(), sent))

    async def check(self, subgraph: str) -> None:
        """Ask the subgraph for the type name of its root."""
        sent = {"content-type": "application/json", "accept": "application/json"}
        await self._exchange(subgraph, b'{"query":"{__typename}"}', sent, aiohttp.ClientTimeout(total=_CHECK_SECONDS))

    async def close(self) -> None:
        """Close the pool."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _exchange(
        self, subgraph: str, body: bytes, headers: Mapping[str, str], limits: aiohttp.ClientTimeout | None = None
    ) -> JsonObject:
        url = self._urls.get(subgraph)
        if not url:
            raise SubgraphUnavailable(subgraph, "no URL is configured")
        try:
            async with self._pool().post(
                url, data=body, headers=headers, allow_redirects=False, timeout=limits or self._timeout
            ) as response:
                content = await self._read(subgraph, response)
                return _answer(subgraph, response.status, content)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise SubgraphUnavailable(subgraph, type(error).__name__) from error

    async def _read(self, subgraph: str, response: aiohttp.ClientResponse) -> bytes:
        content = bytearray()
        async for chunk in response.content.iter_any():
            content += chunk
            if len(content) > self._max_answer_bytes:
                response.close()
                raise SubgraphUnavailable(subgraph, "the answer is too large")
        return bytes(content)

    def _pool(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=self._max_connections, keepalive_timeout=_KEEP_ALIVE_SECONDS)
            self._session = aiohttp.ClientSession(
                connector=connector, timeout=self._timeout, cookie_jar=aiohttp.DummyCookieJar()
            )
        return self._session


def _answer(subgraph: str, status: int, content: bytes) -> JsonObject:
    if status >= _HTTP_SERVER_ERROR:
        raise SubgraphUnavailable(subgraph, f"HTTP status {status}")
    try:
        parsed: JsonValue = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise SubgraphUnavailable(subgraph, f"HTTP status {status} without JSON") from error
    if not isinstance(parsed, dict) or not {"data", "errors"} & parsed.keys():
        raise SubgraphUnavailable(subgraph, f"HTTP status {status} without a GraphQL answer")
    return parsed
