"""Subscriptions of a subgraph over HTTP: one connection each, closed where the client leaves."""

import ssl
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Final, cast

import aiohttp
import orjson

from kernel.event_stream import EVENT_STREAM, KEEP_ALIVE_SECONDS, EventTooLarge, StreamBroken, results_in
from kernel.subgraph import JsonObject
from router.execution.transport.answers import is_graphql
from router.execution.transport.protocol import Failure, SubgraphUnavailable

_CONNECT_SECONDS: Final = 5.0
# two beats may be late, not three
_SILENCE_SECONDS: Final = 3 * KEEP_ALIVE_SECONDS
_HEADERS: Final = {"content-type": "application/json", "accept": EVENT_STREAM, "accept-encoding": "identity"}


class EventStreams:
    """The open subscriptions at one subgraph."""

    def __init__(self, subgraph: str, tls: ssl.SSLContext | None, *, max_event_bytes: int) -> None:
        self._subgraph = subgraph
        self._tls = tls
        self._max_event_bytes = max_event_bytes
        self._http: aiohttp.ClientSession | None = None

    async def results(self, url: str, headers: Mapping[str, str], body: bytes) -> AsyncGenerator[JsonObject]:
        """The results of the subscription in `body`; an answer that is no stream is its only result.

        Raises:
            SubgraphUnavailable: no connection, silence, or no GraphQL.
        """
        try:
            async with self._session().post(
                url, data=body, headers={**headers, **_HEADERS}, ssl=self._tls or True, allow_redirects=False
            ) as response:
                if response.content_type != EVENT_STREAM:
                    yield await self._only_result(response)
                    return
                chunks = response.content.iter_any()
                async with aclosing(results_in(chunks, max_bytes=self._max_event_bytes)) as results:
                    async for result in results:
                        yield self._checked(result)
        except TimeoutError as error:
            raise SubgraphUnavailable(self._subgraph, "the stream is silent", Failure.TIME_OUT) from error
        except StreamBroken as error:
            raise SubgraphUnavailable(self._subgraph, "the stream broke", Failure.CONNECTION) from error
        except EventTooLarge as error:
            raise SubgraphUnavailable(self._subgraph, "an event is too large", Failure.TOO_LARGE) from error
        except (aiohttp.ClientError, OSError) as error:
            raise SubgraphUnavailable(self._subgraph, type(error).__name__, Failure.CONNECTION) from error
        except ValueError as error:
            raise SubgraphUnavailable(self._subgraph, "an event is unreadable", Failure.NOT_GRAPHQL) from error

    def _checked(self, result: JsonObject) -> JsonObject:
        if not is_graphql(result):
            raise SubgraphUnavailable(self._subgraph, "this is no GraphQL result", Failure.NOT_GRAPHQL)
        return result

    async def close(self) -> None:
        """End all of them."""
        if self._http is not None:
            await self._http.close()

    async def _only_result(self, response: aiohttp.ClientResponse) -> JsonObject:
        content = b""
        async for chunk in response.content.iter_any():
            content += chunk
            if len(content) > self._max_event_bytes:
                raise EventTooLarge
        answer: object = orjson.loads(content)
        if not isinstance(answer, dict) or not is_graphql(cast("JsonObject", answer)):
            raise SubgraphUnavailable(self._subgraph, f"HTTP {response.status}", Failure.STATUS)
        return cast("JsonObject", answer)

    def _session(self) -> aiohttp.ClientSession:
        if self._http is None:
            timeout = aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_SECONDS, sock_read=_SILENCE_SECONDS)
            connector = aiohttp.TCPConnector(limit=0)
            self._http = aiohttp.ClientSession(
                connector=connector, timeout=timeout, cookie_jar=aiohttp.DummyCookieJar(), read_bufsize=1 << 16
            )
        return self._http
