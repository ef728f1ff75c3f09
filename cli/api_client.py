"""A client of the public GraphQL API, as an integration would write one: client credentials, one tenant, retries."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self, TypeAlias, cast
from urllib.parse import quote_plus
from uuid import UUID

import aiohttp
import orjson

from kernel.identity import TENANT_HEADER
from kernel.ids import uuid7
from kernel.subgraph import JsonObject, JsonValue

_TIMEOUT: Final = aiohttp.ClientTimeout(total=60, sock_connect=5)
_CONNECTIONS: Final = 64
_RENEW_BEFORE_SECONDS: Final = 30.0
_LONGEST_PAUSE_SECONDS: Final = 8.0
_TOO_MANY_REQUESTS: Final = 429
_SERVER_ERRORS: Final = 500
_UNAUTHORIZED: Final = 401
_UNAUTHENTICATED: Final = "UNAUTHENTICATED"
# codes of C-05 that say "later", never "no"
_TRANSIENT_CODES: Final = frozenset({"RATE_LIMITED", "SUBGRAPH_UNAVAILABLE", "UNAVAILABLE"})

Pause: TypeAlias = Callable[[float], Awaitable[None]]


class ApiError(Exception):
    """The API refused a request, or stayed silent through all attempts (`code` UNAVAILABLE)."""

    def __init__(self, code: str, message: str, *, path: tuple[str | int, ...] = ()) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.path = path


class _Transient(Exception):
    """Worth another attempt; `wait_seconds` is what the server asked for."""

    def __init__(self, error: ApiError, wait_seconds: float | None = None) -> None:
        super().__init__(str(error))
        self.error = error
        self.wait_seconds = wait_seconds


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    renew_at: float


class ApiClient:
    """One tenant's view of the graph through the router, with a service account's token.

    Requests are repeated on connection errors, HTTP 429 and 5xx, and on coded errors that mean "later": a
    mutation must therefore carry an idempotency key or be idempotent by itself. Use it as an async context
    manager, or `close` it.
    """

    def __init__(
        self,
        *,
        graphql_url: str,
        token_url: str,
        client_id: str,
        client_secret: str,
        tenant_id: UUID,
        attempts: int = 8,
        pause: Pause = asyncio.sleep,
    ) -> None:
        self._graphql_url = graphql_url
        self._token_url = token_url
        self._credentials = (client_id, client_secret)
        self._tenant_id = tenant_id
        self._attempts = attempts
        self._pause = pause
        self._session: aiohttp.ClientSession | None = None
        self._token: _Token | None = None
        self._proven_token = ""
        self._token_lock = asyncio.Lock()

    @property
    def tenant_id(self) -> UUID:
        """The tenant every request acts for."""
        return self._tenant_id

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def execute(self, document: str, variables: Mapping[str, JsonValue] | None = None) -> JsonObject:
        """Run one operation; its `data`.

        Raises:
            ApiError: any error in the answer (the first one's code), or no answer after all attempts.
        """
        body = orjson.dumps({"query": document, "variables": dict(variables or {})})
        # one id over all attempts: the server's log shows them as one request
        request_id = str(uuid7())
        return await self._repeat(lambda: self._attempt(body, request_id))

    async def _repeat(self, attempt: Callable[[], Awaitable[JsonObject]]) -> JsonObject:
        for number in range(1, self._attempts + 1):
            try:
                return await attempt()
            except _Transient as failure:
                if number == self._attempts:
                    raise failure.error from failure
                await self._pause(failure.wait_seconds or _backoff(number))
        raise ApiError("UNAVAILABLE", "no attempt was allowed")

    async def _attempt(self, body: bytes, request_id: str) -> JsonObject:
        token = await self._access_token()
        headers = {
            "authorization": f"Bearer {token}",
            "content-type": "application/json",
            "accept": "application/graphql-response+json, application/json;q=0.9",
            "x-request-id": request_id,
            TENANT_HEADER: str(self._tenant_id),
        }
        try:
            async with self._connections().post(self._graphql_url, data=body, headers=headers) as response:
                status, retry_after, raw = response.status, response.headers.get("retry-after"), await response.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise _Transient(ApiError("UNAVAILABLE", f"the API does not answer ({type(error).__name__})")) from error
        try:
            data = _data_of(status, raw, _seconds(retry_after))
        except ApiError as error:
            if error.code == _UNAUTHENTICATED:
                self._renew_or_raise(token, error)
            raise
        self._proven_token = token
        return data

    async def _access_token(self) -> str:
        async with self._token_lock:
            if self._token is None or time.monotonic() >= self._token.renew_at:
                self._token = await self._request_token()
            return self._token.text

    async def _request_token(self) -> _Token:
        client_id, secret = self._credentials
        form = {"grant_type": "client_credentials"}
        asked_at = time.monotonic()
        try:
            # RFC 6749 §2.3.1: both halves are form-encoded before they are joined
            authorization = aiohttp.encode_basic_auth(quote_plus(client_id), quote_plus(secret))
            async with self._connections().post(
                self._token_url, data=form, headers={"authorization": authorization}
            ) as response:
                status, raw = response.status, await response.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            problem = ApiError("UNAVAILABLE", f"the identity provider does not answer ({type(error).__name__})")
            raise _Transient(problem) from error
        answer = _object(raw)
        token = answer.get("access_token")
        if isinstance(token, str):
            lifetime = float(cast("int", answer.get("expires_in", 60)))
            return _Token(token, asked_at + max(lifetime - _RENEW_BEFORE_SECONDS, lifetime / 2))
        refused = ApiError("UNAUTHENTICATED", f"the identity provider refused the client (HTTP {status})")
        raise _Transient(refused) if _is_transient(status) else refused

    def _renew_or_raise(self, token: str, error: ApiError) -> None:
        """A token that worked before may have expired; one that never worked will not start to."""
        if token != self._proven_token:
            return
        if self._token is not None and self._token.text == token:
            self._token = None
        raise _Transient(error) from error

    def _connections(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=_CONNECTIONS)
            self._session = aiohttp.ClientSession(timeout=_TIMEOUT, connector=connector)
        return self._session


def _data_of(status: int, raw: bytes, retry_after: float | None) -> JsonObject:
    answer = _object(raw)
    errors = answer.get("errors")
    if isinstance(errors, list) and errors:
        error = _api_error(errors[0], status)
        if error.code in _TRANSIENT_CODES or _is_transient(status):
            raise _Transient(error, retry_after)
        raise error
    data = answer.get("data")
    if isinstance(data, dict):
        return data
    code = _UNAUTHENTICATED if status == _UNAUTHORIZED else "INTERNAL"
    problem = ApiError(code, f"the API answered HTTP {status} without data")
    if _is_transient(status):
        raise _Transient(problem, retry_after)
    raise problem


def _api_error(error: JsonValue, status: int) -> ApiError:
    fields = error if isinstance(error, dict) else {}
    extensions = fields.get("extensions")
    code = extensions.get("code") if isinstance(extensions, dict) else None
    path = fields.get("path")
    steps = tuple(step for step in path if isinstance(step, str | int)) if isinstance(path, list) else ()
    fallback = "INTERNAL" if status >= _SERVER_ERRORS else "BAD_USER_INPUT"
    return ApiError(str(code or fallback), str(fields.get("message", "no message")), path=steps)


def _object(raw: bytes) -> JsonObject:
    try:
        parsed: object = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return {}
    return cast("JsonObject", parsed) if isinstance(parsed, dict) else {}


def _is_transient(status: int) -> bool:
    return status == _TOO_MANY_REQUESTS or status >= _SERVER_ERRORS


def _seconds(retry_after: str | None) -> float | None:
    return min(float(retry_after), _LONGEST_PAUSE_SECONDS) if retry_after and retry_after.isdecimal() else None


def _backoff(attempt: int) -> float:
    """Exponential with full jitter: 0.1 s, 0.2 s, 0.4 s … at most 8 s."""
    ceiling = min(0.1 * 2 ** (attempt - 1), _LONGEST_PAUSE_SECONDS)
    return ceiling * random.uniform(0.5, 1.0)  # noqa: S311 - spreads retries, protects nothing
