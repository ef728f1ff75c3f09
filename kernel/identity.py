"""Who calls: access tokens are verified by every service itself, against the issuer's published keys."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol, cast
from uuid import UUID

import aiohttp
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, KeySetSerialization

from kernel.errors import BadUserInput, Forbidden, Unauthenticated, Unavailable

TENANT_HEADER = "x-retail-tenant"
CLOCK_SKEW_SECONDS = 30
_REFETCH_SECONDS = 30.0
_RETRY_SECONDS = 1.0
_ALGORITHMS = ["RS256"]
_VERIFIED_TOKENS = 4096
_TENANT_CHOOSERS = frozenset({"service", "platform_admin"})


@dataclass(frozen=True, slots=True)
class Principal:
    """The verified caller. `tenant_id` is None only for a service that did not choose a tenant."""

    subject: str
    tenant_id: UUID | None
    roles: frozenset[str]
    username: str = ""
    client_id: str = ""
    session_id: str | None = None
    store_ids: frozenset[str] = frozenset()

    @property
    def is_service(self) -> bool:
        """True for a client-credentials token of one of our own processes."""
        return "service" in self.roles


class KeySource(Protocol):
    """Finds the issuer's public keys."""

    async def keys(self, key_id: str | None) -> KeySet:
        """The key set; refreshed when `key_id` is not in it and the last fetch is old enough."""
        ...


class JwksSource:
    """The issuer's JWKS over HTTP: cached, and fetched at most once per 30 s however many unknown key ids arrive."""

    def __init__(self, url: str, *, refetch_seconds: float = _REFETCH_SECONDS) -> None:
        self._url = url
        self._refetch_seconds = refetch_seconds
        self._keys: KeySet | None = None
        self._fetched_at = float("-inf")
        self._failed_at = float("-inf")
        self._lock = asyncio.Lock()

    async def keys(self, key_id: str | None) -> KeySet:
        """The issuer's keys.

        Raises:
            Unavailable: the issuer does not answer and no keys are cached.
        """
        if self._knows(key_id):
            return cast("KeySet", self._keys)
        async with self._lock:
            may_fetch = time.monotonic() - self._fetched_at >= self._refetch_seconds
            if not self._knows(key_id) and (self._keys is None or may_fetch):
                await self._fetch()
        return cast("KeySet", self._keys)

    def _knows(self, key_id: str | None) -> bool:
        return self._keys is not None and any(key.kid == key_id for key in self._keys.keys)

    async def _fetch(self) -> None:
        if self._keys is None and time.monotonic() - self._failed_at < _RETRY_SECONDS:
            # while the issuer is down, those who waited for the lock do not each wait for the issuer too
            raise Unavailable("the identity provider does not answer")
        timeout = aiohttp.ClientTimeout(total=5)
        try:
            async with aiohttp.ClientSession(timeout=timeout) as session, session.get(self._url) as response:
                response.raise_for_status()
                document = cast("KeySetSerialization", await response.json())
        except (aiohttp.ClientError, TimeoutError) as error:
            self._failed_at = time.monotonic()
            if self._keys is None:
                raise Unavailable("the identity provider does not answer") from error
            self._fetched_at = time.monotonic()
            return
        self._keys = KeySet.import_key_set(document)
        self._fetched_at = time.monotonic()


class StaticKeys:
    """A fixed key set, for tests and for an issuer in the same process."""

    def __init__(self, keys: KeySet) -> None:
        self._keys = keys

    async def keys(self, key_id: str | None) -> KeySet:  # noqa: ARG002 - the key is looked up in the set
        """The fixed set."""
        return self._keys


class TokenVerifier:
    """Checks signature (RS256 only), issuer, audience, expiry and the tenant claim of an access token."""

    def __init__(self, issuer: str, audience: str, keys: KeySource) -> None:
        self._issuer = issuer
        self._audience = audience
        self._keys = keys
        self._verified: OrderedDict[str, tuple[float, Principal]] = OrderedDict()

    async def verify(self, token: str) -> Principal:
        """The principal of `token`.

        Raises:
            Unauthenticated: the token is malformed, forged, expired or not for us.
        """
        cached = self._verified.get(token)
        if cached is not None and cached[0] > time.time():
            return cached[1]
        claims = await self._checked_claims(token)
        principal = _principal_of(claims)
        self._remember(token, float(cast("int", claims["exp"])), principal)
        return principal

    async def principal_of(self, headers: Mapping[str, str]) -> Principal | None:
        """The caller of a request (lower-case header names), with the tenant a service chose; None without a token.

        Raises:
            Unauthenticated: a token is there but is not valid.
            Forbidden: someone else than a service or platform admin chose a tenant.
        """
        authorization = headers.get("authorization")
        if not authorization:
            return None
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Unauthenticated("the Authorization header must be a bearer token")
        principal = await self.verify(token.strip())
        chosen = headers.get(TENANT_HEADER)
        return _acting_for(principal, chosen) if chosen else principal

    async def _checked_claims(self, token: str) -> dict[str, object]:
        try:
            key_id = jws.extract_compact(token.encode()).headers().get("kid")
            keys = await self._keys.keys(key_id if isinstance(key_id, str) else None)
            decoded = jwt.decode(token, keys, algorithms=_ALGORITHMS)
            _claims_registry(self._issuer, self._audience).validate(decoded.claims)
        except (JoseError, ValueError) as error:
            raise Unauthenticated("the access token is not valid") from error
        claims = cast("dict[str, object]", decoded.claims)
        if claims.get("typ", "Bearer") != "Bearer" or "nonce" in claims or "events" in claims:
            raise Unauthenticated("this is not an access token")
        return claims

    def _remember(self, token: str, expires_at: float, principal: Principal) -> None:
        self._verified[token] = (expires_at, principal)
        if len(self._verified) > _VERIFIED_TOKENS:
            self._verified.popitem(last=False)


def _claims_registry(issuer: str, audience: str) -> jwt.JWTClaimsRegistry:
    return jwt.JWTClaimsRegistry(
        leeway=CLOCK_SKEW_SECONDS,
        iss={"essential": True, "value": issuer},
        aud={"essential": True, "value": audience},
        exp={"essential": True},
        sub={"essential": True},
        iat={"essential": True},
    )


def _principal_of(claims: Mapping[str, object]) -> Principal:
    access = claims.get("realm_access")
    roles = cast("Mapping[str, object]", access).get("roles") if isinstance(access, Mapping) else None
    stores = claims.get("store_ids")
    return Principal(
        subject=str(claims["sub"]),
        tenant_id=_tenant_claim(claims.get("tenant_id")),
        roles=frozenset(_texts(roles)),
        username=str(claims.get("preferred_username", "")),
        client_id=str(claims.get("azp", "")),
        session_id=str(claims["sid"]) if "sid" in claims else None,
        store_ids=frozenset(_texts(stores)),
    )


def _texts(value: object) -> list[str]:
    return [str(item) for item in cast("list[object]", value)] if isinstance(value, list) else []


def _tenant_claim(value: object) -> UUID | None:
    if value is None:
        return None
    # a list, a differently written or look-alike UUID is refused: one tenant has one spelling (T13)
    if not isinstance(value, str) or not value.isascii():
        raise Unauthenticated("the tenant claim is not one UUID")
    try:
        tenant_id = UUID(value)
    except ValueError:
        raise Unauthenticated("the tenant claim is not one UUID") from None
    if str(tenant_id) != value:
        raise Unauthenticated("the tenant claim is not one UUID")
    return tenant_id


def _acting_for(principal: Principal, chosen: str) -> Principal:
    if not principal.roles & _TENANT_CHOOSERS:
        raise Forbidden("only a service or platform admin may choose a tenant")
    try:
        return replace(principal, tenant_id=UUID(chosen))
    except ValueError:
        raise BadUserInput(f"the header {TENANT_HEADER} must be a UUID") from None
