"""Who calls: access tokens are verified by every service itself, against the issuer's published keys."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Protocol, cast
from uuid import UUID

import aiohttp
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, RSAKey

from kernel.errors import BadUserInput, Forbidden, Unauthenticated, Unavailable
from kernel.membership import chosen_membership, one_uuid
from kernel.telemetry import get_logger

log = get_logger(__name__)

TENANT_HEADER = "x-retail-tenant"
CLOCK_SKEW_SECONDS = 30
#: no issuer of ours gives an access token more: who has one has to come back
MAX_TOKEN_SECONDS = 86_400
#: how long a second factor counts, unless a setting says otherwise
SECOND_FACTOR_SECONDS = 900
_REFETCH_SECONDS = 30.0
_RETRY_SECONDS = 1.0
_ALGORITHMS = ["RS256"]
_VERIFIED_TOKENS = 4096
_VERIFIED_SECONDS = 30.0
# a forger's own key, or rules this code does not know (RFC 7515 §4.1.11)
_REFUSED_HEADERS = frozenset({"jwk", "jku", "x5u", "x5c", "crit"})
# what only ID tokens and logout tokens have
_FOREIGN_CLAIMS = frozenset({"nonce", "at_hash", "c_hash", "s_hash", "events"})
_TENANT_CHOOSERS = frozenset({"service", "platform_admin"})


@dataclass(frozen=True, slots=True)
class SecondFactor:
    """What a token says of the person's second factor: the level reached, and when they last proved to be there."""

    LEVEL: ClassVar = "otp"

    level: str = ""
    given_at: int = 0
    max_age_seconds: int = SECOND_FACTOR_SECONDS

    @property
    def counts_until(self) -> int | None:
        """When it stops counting, in seconds since the epoch; None if there was none."""
        return self.given_at + self.max_age_seconds if self.level == self.LEVEL else None

    @property
    def counts(self) -> bool:
        """Whether it was given, and lately."""
        until = self.counts_until
        return until is not None and time.time() <= until


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
    second_factor: SecondFactor = SecondFactor()

    @property
    def is_service(self) -> bool:
        """True for a client-credentials token of one of our own processes."""
        return "service" in self.roles


class KeySource(Protocol):
    """Finds the issuer's public keys."""

    async def keys(self, key_id: str | None) -> KeySet:
        """The key set; refreshed when the last fetch is old enough, or `key_id` is not in it."""
        ...


class JwksSource:
    """The issuer's JWKS over HTTP, fetched at most once per 30 s however many unknown key ids arrive.

    A key that the issuer has withdrawn is known for no longer than that; while it does not answer, the last keys hold.
    """

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
        # one request waits for a slow issuer, not everybody whose key is known
        if self._is_fresh or (self._lock.locked() and self._knows(key_id)):
            return cast("KeySet", self._keys)
        async with self._lock:
            if not self._is_fresh:
                await self._fetch()
        return cast("KeySet", self._keys)

    def _knows(self, key_id: str | None) -> bool:
        return self._keys is not None and any(key.kid == key_id for key in self._keys.keys)

    @property
    def _is_fresh(self) -> bool:
        return time.monotonic() - self._fetched_at < self._refetch_seconds

    async def _fetch(self) -> None:
        if self._keys is None and time.monotonic() - self._failed_at < _RETRY_SECONDS:
            # while the issuer is down, those who waited for the lock do not each wait for the issuer too
            raise Unavailable("the identity provider does not answer")
        timeout = aiohttp.ClientTimeout(total=5)
        try:
            async with aiohttp.ClientSession(timeout=timeout) as session, session.get(self._url) as response:
                response.raise_for_status()
                keys = _signing_keys(await response.json())
        except (aiohttp.ClientError, TimeoutError, ValueError, JoseError) as error:
            self._failed_at = time.monotonic()
            log.warning("signing_keys_not_fetched", reason=type(error).__name__)
            if self._keys is None:
                raise Unavailable("the identity provider does not answer") from error
            self._fetched_at = time.monotonic()
            return
        self._keys, self._fetched_at = keys, time.monotonic()


def _signing_keys(document: object) -> KeySet:
    """The RSA keys that sign; what else the issuer publishes (keys that encrypt, kinds of later years) is not ours.

    Raises:
        ValueError: this is no key set.
    """
    listed = cast("Mapping[str, object]", document).get("keys") if isinstance(document, Mapping) else None
    if not isinstance(listed, list):
        raise ValueError("not a JSON Web Key Set")  # noqa: TRY004 - the document is wrong, not the code
    keys = [cast("Mapping[str, str]", key) for key in cast("list[object]", listed) if isinstance(key, Mapping)]
    return KeySet([RSAKey.import_key(dict(key)) for key in keys if key.get("kty") == "RSA" and key.get("use") != "enc"])


class StaticKeys:
    """A fixed key set, for tests and for an issuer in the same process."""

    def __init__(self, keys: KeySet) -> None:
        self._keys = keys

    async def keys(self, key_id: str | None) -> KeySet:  # noqa: ARG002 - the key is looked up in the set
        """The fixed set."""
        return self._keys


class TokenVerifier:
    """Checks signature (RS256 only), issuer, audience, times, kind and the tenant claim of an access token.

    A token is checked once, and again after half a minute: its key may have been withdrawn.
    """

    def __init__(
        self, issuer: str, audience: str, keys: KeySource, *, second_factor_seconds: int = SECOND_FACTOR_SECONDS
    ) -> None:
        self._second_factor_seconds = second_factor_seconds
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
        factor = _second_factor(claims, self._second_factor_seconds)
        principal = replace(_principal_of(claims), second_factor=factor)
        self._remember(token, min(float(cast("int", claims["exp"])), time.time() + _VERIFIED_SECONDS), principal)
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
            header = cast("Mapping[str, object]", jws.extract_compact(token.encode()).headers())
            key_id = header.get("kid")
            if not isinstance(key_id, str) or header.keys() & _REFUSED_HEADERS:
                raise Unauthenticated("the access token is not valid")
            decoded = jwt.decode(token, await self._keys.keys(key_id), algorithms=_ALGORITHMS)
            _claims_registry(self._issuer, self._audience).validate(decoded.claims)
        except (JoseError, ValueError) as error:
            raise Unauthenticated("the access token is not valid") from error
        claims = cast("dict[str, object]", decoded.claims)
        _require_access_token(header, claims)
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


def _require_access_token(header: Mapping[str, object], claims: Mapping[str, object]) -> None:
    """Refuse every other kind of token of the same issuer, and one that says of itself what cannot be.

    Keycloak writes `typ: Bearer` into the claims, RFC 9068 `at+jwt` into the header.
    """
    kind = str(header.get("typ", "JWT")).lower()
    is_bearer = claims.get("typ") == "Bearer" if "typ" in claims else kind == "at+jwt"
    if not is_bearer or kind not in {"jwt", "at+jwt"} or claims.keys() & _FOREIGN_CLAIMS:
        raise Unauthenticated("this is not an access token")
    lifetime = cast("float", claims["exp"]) - cast("float", claims["iat"])
    client = claims.get("azp", "unnamed")
    if not 0 < lifetime <= MAX_TOKEN_SECONDS or not isinstance(client, str) or not client:
        raise Unauthenticated("the access token is not valid")


def _principal_of(claims: Mapping[str, object]) -> Principal:
    access = claims.get("realm_access")
    roles = cast("Mapping[str, object]", access).get("roles") if isinstance(access, Mapping) else None
    held = frozenset(_texts(roles))
    membership = chosen_membership(claims, held)
    tenant = claims.get("tenant_id")
    return Principal(
        subject=str(claims["sub"]),
        tenant_id=membership.tenant_id if membership else one_uuid(tenant) if tenant is not None else None,
        roles=membership.roles if membership else held,
        username=str(claims.get("preferred_username", "")),
        client_id=str(claims.get("azp", "")),
        session_id=str(claims["sid"]) if "sid" in claims else None,
        store_ids=membership.store_ids if membership else frozenset(_texts(claims.get("store_ids"))),
    )


def _second_factor(claims: Mapping[str, object], max_age_seconds: int) -> SecondFactor:
    given_at = claims.get("auth_time")
    if not isinstance(given_at, int) or isinstance(given_at, bool):
        given_at = 0
    return SecondFactor(str(claims.get("acr", "")), given_at, max_age_seconds)


def _texts(value: object) -> list[str]:
    return [str(item) for item in cast("list[object]", value)] if isinstance(value, list) else []


def _acting_for(principal: Principal, chosen: str) -> Principal:
    if not principal.roles & _TENANT_CHOOSERS:
        raise Forbidden("only a service or platform admin may choose a tenant")
    try:
        return replace(principal, tenant_id=UUID(chosen))
    except ValueError:
        raise BadUserInput(f"the header {TENANT_HEADER} must be a UUID") from None
