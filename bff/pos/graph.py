"""What the BFF itself asks the graph: in a person's name, or in its own for a tenant."""

from collections.abc import Mapping
from typing import Final, cast
from uuid import UUID

import orjson

from bff.session.graphql_proxy import GraphQLUpstream
from bff.session.oidc import OidcClient
from kernel.errors import Forbidden, Unauthenticated, Unavailable
from kernel.identity import TENANT_HEADER
from kernel.service_client import ServiceTokens
from kernel.subgraph import JsonObject, JsonValue
from kernel.telemetry import outgoing_headers

_ERRORS: Final[Mapping[str, type[Forbidden | Unauthenticated]]] = {
    "FORBIDDEN": Forbidden,
    "STEP_UP_REQUIRED": Forbidden,
    "UNAUTHENTICATED": Unauthenticated,
}


class Graph:
    """Operations with one root field."""

    def __init__(self, upstream: GraphQLUpstream, provider: OidcClient) -> None:
        self._upstream = upstream
        self._provider = provider
        self._tokens: ServiceTokens | None = None

    async def ask(self, document: str, variables: Mapping[str, JsonValue], *, token: str) -> JsonObject | None:
        """The root field, asked in the name of whoever `token` was issued to.

        Raises:
            Forbidden, Unauthenticated: the graph refuses that person.
            Unavailable: no answer, or none that can be relied on.
        """
        return await self._asked(document, variables, {"authorization": f"Bearer {token}"})

    async def ask_for_tenant(
        self, document: str, variables: Mapping[str, JsonValue], tenant_id: UUID
    ) -> JsonObject | None:
        """The root field, asked in the BFF's own name. Raises as `ask`."""
        tokens = await self._own_tokens()
        headers = {"authorization": f"Bearer {await tokens.token()}", TENANT_HEADER: str(tenant_id)}
        try:
            return await self._asked(document, variables, headers)
        except Unauthenticated:
            # the issuer may have changed its keys, or ended the token early
            tokens.forget()
            headers["authorization"] = f"Bearer {await tokens.token()}"
            return await self._asked(document, variables, headers)

    async def _asked(
        self, document: str, variables: Mapping[str, JsonValue], headers: Mapping[str, str]
    ) -> JsonObject | None:
        body = orjson.dumps({"query": document, "variables": dict(variables)})
        sent = {"content-type": "application/json", "accept": "application/json", **headers, **outgoing_headers()}
        answer = await self._upstream.post(body, sent)
        if not isinstance(answer.body, bytes):
            await answer.body.aclose()
            raise Unavailable("the graph answers in parts")
        return _root_field(answer.body)

    async def _own_tokens(self) -> ServiceTokens:
        if self._tokens is None:
            registration = self._provider.registration
            endpoint = (await self._provider.metadata()).token_endpoint
            self._tokens = ServiceTokens(endpoint, registration.client_id, registration.client_secret)
        return self._tokens


def _root_field(body: bytes) -> JsonObject | None:
    try:
        answer = cast("JsonObject", orjson.loads(body))
        errors = cast("list[JsonObject]", answer.get("errors") or [])
        codes = {str(cast("JsonObject", error.get("extensions") or {}).get("code")) for error in errors}
        for code, kind in _ERRORS.items():
            if code in codes:
                raise kind("the graph refuses this", code=code)
        if errors:
            raise Unavailable("the graph did not answer")
        (field,) = cast("JsonObject", answer["data"]).values()
    except (orjson.JSONDecodeError, KeyError, ValueError, AttributeError, TypeError) as error:
        raise Unavailable("the graph's answer is unreadable") from error
    return cast("JsonObject | None", field)
