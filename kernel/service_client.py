"""How a process calls subgraphs in its own name: a cached service token and one client for both topologies."""

import asyncio
import time
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Protocol, cast
from uuid import UUID

import aiohttp
import orjson
from pydantic import SecretStr

from kernel.caller_proof import PROOF_HEADER, CallerProver
from kernel.errors import (
    BadUserInput,
    Conflict,
    DomainError,
    Forbidden,
    IdempotencyKeyReused,
    NotFound,
    Unauthenticated,
    Unavailable,
)
from kernel.identity import TENANT_HEADER
from kernel.subgraph import GraphQLRequest, JsonObject, JsonValue
from kernel.telemetry import outgoing_headers

_RENEW_BEFORE_SECONDS: Final = 30.0
_TOKEN_SECONDS: Final = 5.0
_CALL_SECONDS: Final = 10.0
_NO_KEYS: Final[Mapping[str, SecretStr]] = MappingProxyType({})
_HTTP_OK: Final = 200
_HTTP_SERVER_ERROR: Final = 500
_ERRORS: Final[Mapping[str, type[DomainError]]] = MappingProxyType(
    {
        kind.code: kind
        for kind in (
            BadUserInput,
            Conflict,
            Forbidden,
            IdempotencyKeyReused,
            NotFound,
            Unauthenticated,
            Unavailable,
        )
    }
)


class TokenSource(Protocol):
    """Where a service gets its access token."""

    async def token(self) -> str:
        """A token that is valid for a while yet."""
        ...

    def forget(self) -> None:
        """Drop the cached token: a subgraph did not accept it."""
        ...


class ServiceTokens:
    """Access tokens by the client credentials grant (RFC 6749 §4.4), cached until shortly before they expire."""

    def __init__(self, token_url: str, client_id: str, client_secret: str) -> None:
        self._token_url = token_url
        self._client_id = client_id
        self._client_secret = client_secret
        self._token = ""
        self._expires_at = float("-inf")
        self._lock = asyncio.Lock()

    async def token(self) -> str:
        """A valid access token; concurrent callers share one fetch.

        Raises:
            Unavailable: the identity provider does not answer.
            Unauthenticated: it refuses these credentials.
        """
        async with self._lock:
            if time.monotonic() >= self._expires_at:
                await self._fetch()
            return self._token

    def forget(self) -> None:
        """Fetch anew at the next call."""
        self._expires_at = float("-inf")

    async def _fetch(self) -> None:
        started = time.monotonic()
        timeout = aiohttp.ClientTimeout(total=_TOKEN_SECONDS)
        form = {
            "grant_type": "client_credentials",
            "client_id": self._client_id,
            "client_secret": self._client_secret,
        }
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.post(self._token_url, data=form) as response,
            ):
                status, body = response.status, await response.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unavailable("the identity provider does not answer") from error
        answer = _granted(status, body)
        lifetime = answer.get("expires_in")
        seconds = float(lifetime) if isinstance(lifetime, int | float) else 0.0
        self._token = str(answer["access_token"])
        self._expires_at = started + max(seconds - _RENEW_BEFORE_SECONDS, seconds / 2)


def _granted(status: int, body: bytes) -> JsonObject:
    if status >= _HTTP_SERVER_ERROR:
        raise Unavailable("the identity provider does not answer")
    answer = _json_object(body)
    if status != _HTTP_OK or answer is None or "access_token" not in answer:
        raise Unauthenticated("the identity provider refuses the service's credentials")
    return answer


class SubgraphEndpoint(Protocol):
    """Something that answers GraphQL: a `SubgraphHandler` of this process, or an `HttpEndpoint`."""

    async def execute(self, request: GraphQLRequest, headers: Mapping[str, str]) -> JsonObject:
        """`{"data", "errors"}`; raises Unavailable when there is no answer."""
        ...


class HttpEndpoint:
    """A subgraph in another process, at the URL of its `/graphql`; with a `prover` calls show where they come from."""

    def __init__(self, url: str, prover: CallerProver | None = None, *, timeout_seconds: float = _CALL_SECONDS) -> None:
        self._url = url
        self._prover = prover
        self._timeout = aiohttp.ClientTimeout(total=timeout_seconds)
        self._session: aiohttp.ClientSession | None = None

    async def execute(self, request: GraphQLRequest, headers: Mapping[str, str]) -> JsonObject:
        """Send the operation.

        Raises:
            Unavailable: no connection, no answer in time, or no GraphQL answer; the effect is unknown.
        """
        body = orjson.dumps(
            {"query": request.query, "variables": request.variables, "operationName": request.operation_name}
        )
        content = {**headers, "content-type": "application/json"}
        if self._prover is not None:
            content[PROOF_HEADER] = self._prover.proof(headers, body)
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=self._timeout)
        try:
            async with self._session.post(self._url, data=body, headers=content) as response:
                answer = _json_object(await response.read())
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unavailable("the subgraph does not answer") from error
        if answer is None or not {"data", "errors"} & answer.keys():
            raise Unavailable("the subgraph does not answer GraphQL")
        return answer

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None


class SubgraphClient:
    """Calls subgraphs for a tenant with the service's own token."""

    def __init__(self, endpoints: Mapping[str, SubgraphEndpoint], tokens: TokenSource) -> None:
        self._endpoints = endpoints
        self._tokens = tokens

    @classmethod
    def over_http(
        cls, urls: Mapping[str, str], tokens: TokenSource, keys: Mapping[str, SecretStr] = _NO_KEYS
    ) -> "SubgraphClient":
        """A client of subgraphs in other processes: name → URL of `/graphql`, name → key of its callers."""
        provers = {name: CallerProver(name, key.get_secret_value()) for name, key in keys.items()}
        return cls({name: HttpEndpoint(url, provers.get(name)) for name, url in urls.items()}, tokens)

    async def call(
        self, subgraph: str, document: str, variables: Mapping[str, JsonValue], *, tenant_id: UUID
    ) -> JsonObject:
        """The `data` of one operation.

        Raises:
            Unavailable: no answer, so the effect of a mutation is unknown; repeat it with the same idempotency key.
            DomainError: the subgraph answered an error; its class and `code` say which.
        """
        answer = await self._answer(subgraph, GraphQLRequest(document, variables), tenant_id)
        if _first_code(answer) == Unauthenticated.code:
            # the issuer may have changed its keys, or ended the token early
            self._tokens.forget()
            answer = await self._answer(subgraph, GraphQLRequest(document, variables), tenant_id)
        if answer.get("errors"):
            raise _error_of(subgraph, answer)
        return cast("JsonObject", answer["data"])

    async def close(self) -> None:
        """Close the connections to other processes."""
        for endpoint in self._endpoints.values():
            if isinstance(endpoint, HttpEndpoint):
                await endpoint.close()

    async def _answer(self, subgraph: str, request: GraphQLRequest, tenant_id: UUID) -> JsonObject:
        headers = {
            **outgoing_headers(),
            "authorization": f"Bearer {await self._tokens.token()}",
            TENANT_HEADER: str(tenant_id),
        }
        return await self._endpoints[subgraph].execute(request, headers)


def _first_error(answer: JsonObject) -> JsonObject:
    errors = answer.get("errors")
    first = errors[0] if isinstance(errors, list) and errors else None
    return first if isinstance(first, dict) else {}


def _first_code(answer: JsonObject) -> str:
    extensions = _first_error(answer).get("extensions")
    code = extensions.get("code") if isinstance(extensions, dict) else None
    return str(code) if code is not None else DomainError.code


def _error_of(subgraph: str, answer: JsonObject) -> DomainError:
    code = _first_code(answer)
    message = f"{subgraph}: {_first_error(answer).get('message')}"
    return _ERRORS.get(code, DomainError)(message, code=code)


def _json_object(body: bytes) -> JsonObject | None:
    try:
        parsed: JsonValue = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return parsed if isinstance(parsed, dict) else None
