"""Subgraphs in other processes: keep-alive pools, no redirects, bounded time and bounded answers."""

import asyncio
import ssl
from collections.abc import AsyncGenerator, Collection, Mapping
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Final

from kernel.caller_proof import PROOF_HEADER, CallerProver
from kernel.deadlines import DEADLINE_HEADER, told_milliseconds
from kernel.subgraph import JsonObject
from router.execution.transport.addresses import Addresses
from router.execution.transport.answers import ACCEPTED_CODINGS, read_answer, too_large, unpacked
from router.execution.transport.connection import AnswerTooLarge
from router.execution.transport.event_streams import EventStreams
from router.execution.transport.expiry import Expiries
from router.execution.transport.origin import Origin, UnsendableHeader, default_tls
from router.execution.transport.protocol import Failure, SubgraphAnswer, SubgraphCall, SubgraphUnavailable
from router.execution.transport.replicas import Replica, Replicas
from router.execution.transport.traffic import Traffic

_CHECK_SECONDS: Final = 2.0
_FORBIDDEN: Final = 403
_SERVER_ERROR: Final = 500
_NO_PROVERS: Final[Mapping[str, CallerProver]] = {}
_PING: Final = b'{"query":"{__typename}"}'
_JSON: Final = {
    "content-type": "application/json",
    "accept": "application/graphql-response+json, application/json;q=0.9",
}


class HttpTransport:
    """Posts operations to the subgraphs' URLs; `kept_headers` (lower case) of answers are brought back.

    To subgraphs with a prover every request, also a check, carries the proof of where it comes from.
    """

    def __init__(
        self,
        urls: Mapping[str, str],
        traffic: Mapping[str, Traffic],
        kept_headers: Collection[str] = (),
        provers: Mapping[str, CallerProver] = _NO_PROVERS,
    ) -> None:
        self._subgraphs = {
            name: _Subgraph(name, url, traffic.get(name) or Traffic(), provers.get(name))
            for name, url in urls.items()
            if url or (name in traffic and traffic[name].urls)
        }
        self._kept_headers = frozenset(kept_headers)
        self._expiries, self._addresses = Expiries(), Addresses()
        self._checks: list[asyncio.Task[None]] | None = None

    async def fetch(self, call: SubgraphCall) -> SubgraphAnswer:
        """See `Transport.fetch`."""
        if self._checks is None:
            self._checks = self._started_checks()
        now = asyncio.get_running_loop().time()
        headers = {**call.headers, **call.trace.headers(), DEADLINE_HEADER: told_milliseconds(call.deadline - now)}
        subgraph = self._subgraph(call.subgraph)
        replica = subgraph.replicas.choose()
        replica.in_flight += 1
        try:
            expires = now + subgraph.timeout_seconds
            return await self._exchange(subgraph, replica, call.body(), headers, expires=expires)
        finally:
            replica.in_flight -= 1

    async def subscribe(self, call: SubgraphCall) -> AsyncGenerator[JsonObject]:
        """See `Transport.subscribe`; each has a connection of its own."""
        subgraph = self._subgraph(call.subgraph)
        replica = subgraph.replicas.choose()
        replica.in_flight += 1
        headers = {**call.headers, **call.trace.headers()}
        if subgraph.prover is not None:
            headers[PROOF_HEADER] = subgraph.prover.proof(headers, call.body())
        opened = subgraph.streams.results(replica.url, headers, call.body())
        try:
            async with aclosing(opened) as results:
                async for result in results:
                    yield result
        except SubgraphUnavailable as error:
            subgraph.replicas.note_failure(replica, error.failure)
            raise
        finally:
            replica.in_flight -= 1

    async def check(self, subgraph: str) -> None:
        """Ask the subgraph for the type name of its root; one replica that answers is enough."""
        asked = self._subgraph(subgraph)
        outcomes = await asyncio.gather(*(self._is_there(asked, replica) for replica in asked.replicas.all))
        if not any(outcomes):
            raise SubgraphUnavailable(subgraph, "no replica answers")

    async def close(self) -> None:
        """End the checks and close the pool."""
        checks, self._checks = self._checks or [], None
        for task in checks:
            task.cancel()
        await asyncio.gather(*checks, return_exceptions=True)
        for subgraph in self._subgraphs.values():
            await subgraph.streams.close()
            subgraph.close()
        self._expiries.stop()
        # the loop tells the connections in its next turn
        await asyncio.sleep(0)

    def _subgraph(self, name: str) -> "_Subgraph":
        subgraph = self._subgraphs.get(name)
        if subgraph is None:
            raise SubgraphUnavailable(name, "no URL is configured", Failure.UNKNOWN)
        return subgraph

    async def _exchange(
        self, subgraph: "_Subgraph", replica: Replica, body: bytes, headers: Mapping[str, str], *, expires: float
    ) -> SubgraphAnswer:
        name = subgraph.name
        try:
            answer = await self._ask(subgraph, replica.url, body, headers, expires=expires)
        except SubgraphUnavailable as error:
            subgraph.replicas.note_failure(replica, error.failure)
            raise
        except UnsendableHeader as error:
            raise SubgraphUnavailable(name, str(error), Failure.UNKNOWN) from error
        except TimeoutError as error:
            subgraph.replicas.note_failure(replica, Failure.TIME_OUT)
            raise SubgraphUnavailable(name, "no answer in time", Failure.TIME_OUT) from error
        except (OSError, ValueError) as error:
            subgraph.replicas.note_failure(replica, Failure.CONNECTION)
            raise SubgraphUnavailable(name, type(error).__name__, Failure.CONNECTION) from error
        subgraph.replicas.note_answer(replica)
        return answer

    async def _ask(
        self, subgraph: "_Subgraph", url: str, body: bytes, headers: Mapping[str, str], *, expires: float
    ) -> SubgraphAnswer:
        origin = subgraph.origin(url, self._expiries, self._addresses)
        if subgraph.prover is not None:
            headers = {**headers, PROOF_HEADER: subgraph.prover.proof(headers, body)}
        try:
            answer = await origin.post(headers, body, max_bytes=subgraph.max_answer_bytes, expires=expires)
        except AnswerTooLarge as error:
            raise too_large(subgraph.name) from error
        coding = answer.header(b"content-encoding").lower()
        content = unpacked(subgraph.name, answer.content, coding, subgraph.max_answer_bytes)
        read = read_answer(subgraph.name, answer.status, content, answer.header(b"retry-after"))
        if not self._kept_headers:
            return read
        received = ((name.decode("latin-1"), value.decode("latin-1")) for name, value in answer.headers)
        return replace(read, headers=[pair for pair in received if pair[0] in self._kept_headers])

    async def _is_there(self, subgraph: "_Subgraph", replica: Replica) -> bool:
        try:
            expires = asyncio.get_running_loop().time() + _CHECK_SECONDS
            answer = await self._ask(subgraph, replica.url, _PING, {}, expires=expires)
        except (SubgraphUnavailable, OSError, ValueError):
            is_there = False
        else:
            # a subgraph that does not take our proof would answer nothing we ask
            is_refused = subgraph.prover is not None and answer.status == _FORBIDDEN
            is_there = answer.status < _SERVER_ERROR and not is_refused
        if is_there:
            subgraph.replicas.note_answer(replica)
        else:
            subgraph.replicas.note_failure(replica, Failure.CONNECTION)
        return is_there

    async def _keep_checking(self, subgraph: "_Subgraph") -> None:
        while True:
            await asyncio.sleep(subgraph.check_seconds)
            await asyncio.gather(*(self._is_there(subgraph, replica) for replica in subgraph.replicas.all))

    def _started_checks(self) -> list[asyncio.Task[None]]:
        replicated = [subgraph for subgraph in self._subgraphs.values() if len(subgraph.replicas.all) > 1]
        return [asyncio.create_task(self._keep_checking(subgraph)) for subgraph in replicated]


class _Subgraph:
    """What one subgraph's requests need, made once."""

    def __init__(self, name: str, url: str, traffic: Traffic, prover: CallerProver | None) -> None:
        self.name = name
        self.prover = prover
        self.replicas = Replicas(name, traffic.urls or [url], traffic.replicas)
        self.check_seconds = traffic.replicas.check_seconds
        self.max_answer_bytes = traffic.max_answer_bytes
        self.timeout_seconds = traffic.timeout_seconds
        self._headers = {**_JSON, "accept-encoding": ACCEPTED_CODINGS if traffic.accepts_compression else "identity"}
        self._tls = _tls(traffic.urls or [url], traffic.ca_file)
        self.streams = EventStreams(name, self._tls, max_event_bytes=traffic.max_answer_bytes)
        self._origins: dict[str, Origin] = {}

    def origin(self, url: str, expiries: Expiries, addresses: Addresses) -> Origin:
        """The connections to one replica.

        Raises:
            ValueError: this is no URL of an HTTP server.
        """
        known = self._origins.get(url)
        if known is None:
            known = self._origins[url] = Origin(url, self._headers, expiries, addresses, tls=self._tls)
        return known

    def close(self) -> None:
        """Close all connections."""
        for origin in self._origins.values():
            origin.close()
        self._origins.clear()


def _tls(urls: Collection[str], ca_file: Path | None) -> ssl.SSLContext | None:
    """Made before there is a request; a reload makes it in a thread."""
    if ca_file is not None:
        return ssl.create_default_context(cafile=ca_file)
    return default_tls() if any(url.lower().startswith("https:") for url in urls) else None
