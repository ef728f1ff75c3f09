"""The identity provider as the BFF sees it: discovery, code exchange, refresh, revocation, end of session."""

import base64
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, cast
from urllib.parse import quote, urlencode, urlsplit

import aiohttp
import orjson
from pydantic import BaseModel, ValidationError

from bff.session.login_transaction import LoginTransaction, Purpose
from bff.session.pkce import CHALLENGE_METHOD, challenge_of
from kernel.errors import Unauthenticated, Unavailable
from kernel.identity import SECOND_FACTOR_SECONDS, JwksSource, KeySource, SecondFactor
from kernel.telemetry import get_logger

log = get_logger(__name__)

_TIMEOUT_SECONDS: Final = 8.0
_DISCOVERY_SECONDS: Final = 3600.0
_REFUSED: Final = 400
_UNAUTHORIZED: Final = 401
_OK: Final = 200
_FIRST_ERROR: Final = 400


class RefreshRefused(Unauthenticated):
    """The provider says that the refresh token is dead."""


class CodeRefused(Unauthenticated):
    """The provider does not accept the authorization code."""


class ProviderMetadata(BaseModel):
    """The part of the discovery document that is used."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    revocation_endpoint: str | None = None
    end_session_endpoint: str | None = None


class TokenSet(BaseModel):
    """A token endpoint's answer; durations in seconds."""

    access_token: str
    expires_in: int
    refresh_token: str | None = None
    refresh_expires_in: int | None = None
    id_token: str | None = None


@dataclass(frozen=True, slots=True)
class ClientRegistration:
    """How this BFF is registered at the provider."""

    issuer: str
    client_id: str
    client_secret: str
    redirect_uri: str
    signed_out_uri: str
    discovery_url: str
    scope: str = "openid profile"
    second_factor_seconds: int = SECOND_FACTOR_SECONDS


class OidcClient:
    """Talks to one provider. Redirects are never followed; nothing but the provider's own addresses is called."""

    def __init__(self, registration: ClientRegistration, http: aiohttp.ClientSession) -> None:
        self.registration = registration
        self._http = http
        self._metadata: ProviderMetadata | None = None
        self._discovered_at = 0.0
        self._keys: KeySource | None = None

    async def metadata(self) -> ProviderMetadata:
        """The provider's endpoints, rediscovered every hour.

        Raises:
            Unavailable: the provider does not answer, or describes another issuer.
        """
        known = self._metadata
        if known is not None and time.monotonic() - self._discovered_at < _DISCOVERY_SECONDS:
            return known
        status, body = await self._get(self.registration.discovery_url)
        try:
            metadata = ProviderMetadata.model_validate_json(body)
        except ValidationError:
            log.warning("discovery_failed", status=status)
            raise Unavailable("the identity provider's description is unreadable") from None
        if metadata.issuer != self.registration.issuer:
            log.error("discovery_failed", expected=self.registration.issuer, found=metadata.issuer)
            raise Unavailable("the identity provider describes another issuer")
        self._remember(metadata)
        return metadata

    async def keys(self) -> KeySource:
        """The provider's published keys."""
        await self.metadata()
        return cast("KeySource", self._keys)

    async def authorization_url(self, transaction: LoginTransaction, *, language: str) -> str:
        """Where the browser goes to sign in, in this language."""
        metadata = await self.metadata()
        query = {
            "response_type": "code",
            "client_id": self.registration.client_id,
            "redirect_uri": self.registration.redirect_uri,
            "scope": " ".join([self.registration.scope, *(transaction.tenant.scopes if transaction.tenant else ())]),
            "state": transaction.state,
            "nonce": transaction.nonce,
            "code_challenge": challenge_of(transaction.verifier),
            "code_challenge_method": CHALLENGE_METHOD,
            "ui_locales": language,
            **self._asked_for(transaction.purpose),
        }
        return f"{metadata.authorization_endpoint}?{urlencode(query)}"

    def _asked_for(self, purpose: Purpose) -> Mapping[str, str]:
        match purpose:
            case Purpose.SIGN_IN:
                return {}
            case Purpose.STEP_UP:
                # an essential claim: whoever cannot reach the level does not come back with less (Core §5.5.1.1)
                level = {"essential": True, "values": [SecondFactor.LEVEL]}
                claims = orjson.dumps({"id_token": {"acr": level}}).decode()
                return {"claims": claims, "max_age": str(self.registration.second_factor_seconds)}
            case Purpose.SILENT:
                return {"prompt": "none"}

    async def exchange(self, code: str, verifier: str) -> TokenSet:
        """Tokens for an authorization code.

        Raises:
            CodeRefused: the provider refuses the code.
            Unavailable: the provider does not answer properly.
        """
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.registration.redirect_uri,
            "code_verifier": verifier,
        }
        status, body = await self._post((await self.metadata()).token_endpoint, form)
        if status == _REFUSED:
            log.warning("authorization_code_refused", error=_error_code(body))
            raise CodeRefused("the identity provider refused the sign-in")
        return _token_set(status, body)

    async def refresh(self, refresh_token: str) -> TokenSet:
        """New tokens for a refresh token, which is used up.

        Raises:
            RefreshRefused: the provider ended the session or the token was used before.
            Unavailable: the provider does not answer properly; the token may still be good.
        """
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        status, body = await self._post((await self.metadata()).token_endpoint, form)
        if status == _REFUSED and _error_code(body) == "invalid_grant":
            raise RefreshRefused("the identity provider ended the session")
        return _token_set(status, body)

    async def revoke(self, refresh_token: str) -> bool:
        """Make a refresh token useless; False if the provider could not be told."""
        try:
            metadata = await self.metadata()
            if metadata.revocation_endpoint is None:
                return False
            endpoint = at_origin_of(metadata.token_endpoint, metadata.revocation_endpoint)
            form = {"token": refresh_token, "token_type_hint": "refresh_token"}
            status, _ = await self._post(endpoint, form)
        except Unavailable:
            return False
        return status == _OK

    async def end_session(self, id_token: str) -> bool:
        """End the provider's session, server to server, so that the ID token never travels through the browser.

        Returns:
            False if the provider has no such endpoint, refuses or does not answer.
        """
        try:
            metadata = await self.metadata()
            if metadata.end_session_endpoint is None:
                return False
            endpoint = at_origin_of(metadata.token_endpoint, metadata.end_session_endpoint)
            form = {
                "id_token_hint": id_token,
                "client_id": self.registration.client_id,
                "post_logout_redirect_uri": self.registration.signed_out_uri,
            }
            status, _ = await self._post(endpoint, form, authenticated=False)
        except Unavailable:
            return False
        return status < _FIRST_ERROR

    async def browser_logout_url(self) -> str:
        """Where a browser can end the provider's session itself; our own page if it offers no such place."""
        signed_out = self.registration.signed_out_uri
        try:
            endpoint = (await self.metadata()).end_session_endpoint
        except Unavailable:
            return signed_out
        if endpoint is None:
            return signed_out
        query = {"client_id": self.registration.client_id, "post_logout_redirect_uri": signed_out}
        return f"{endpoint}?{urlencode(query)}"

    def _remember(self, metadata: ProviderMetadata) -> None:
        if self._metadata is None or self._metadata.jwks_uri != metadata.jwks_uri:
            self._keys = JwksSource(metadata.jwks_uri)
        self._metadata = metadata
        self._discovered_at = time.monotonic()

    async def _get(self, url: str) -> tuple[int, bytes]:
        return await self._call("GET", url, None, {})

    async def _post(self, url: str, form: Mapping[str, str], *, authenticated: bool = True) -> tuple[int, bytes]:
        headers = {"accept": "application/json"}
        if authenticated:
            headers["authorization"] = self._basic_credentials()
        return await self._call("POST", url, form, headers)

    async def _call(
        self, method: str, url: str, form: Mapping[str, str] | None, headers: Mapping[str, str]
    ) -> tuple[int, bytes]:
        timeout = aiohttp.ClientTimeout(total=_TIMEOUT_SECONDS)
        try:
            async with self._http.request(
                method, url, data=form, headers=headers, timeout=timeout, allow_redirects=False
            ) as response:
                return response.status, await response.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            log.warning("identity_provider_unreachable", reason=type(error).__name__)
            raise Unavailable("the identity provider does not answer") from error

    def _basic_credentials(self) -> str:
        # RFC 6749 §2.3.1: both parts are form-encoded before they are joined
        pair = f"{quote(self.registration.client_id, safe='')}:{quote(self.registration.client_secret, safe='')}"
        return "Basic " + base64.b64encode(pair.encode()).decode("ascii")


def at_origin_of(reachable: str, advertised: str) -> str:
    """The path of `advertised` at the origin of `reachable`.

    Some endpoints are advertised for browsers (Keycloak: revocation and end of session), while services may have
    to reach the provider by another name.
    """
    origin = urlsplit(reachable)
    return urlsplit(advertised)._replace(scheme=origin.scheme, netloc=origin.netloc).geturl()


def _token_set(status: int, body: bytes) -> TokenSet:
    if status != _OK:
        level = log.error if status in {_REFUSED, _UNAUTHORIZED} else log.warning
        level("token_request_failed", status=status, error=_error_code(body))
        raise Unavailable("the identity provider did not issue tokens")
    try:
        return TokenSet.model_validate_json(body)
    except ValidationError:
        raise Unavailable("the identity provider's answer is unreadable") from None


def _error_code(body: bytes) -> str:
    try:
        document: object = orjson.loads(body)
    except orjson.JSONDecodeError:
        return "unreadable"
    if not isinstance(document, dict):
        return "unreadable"
    return str(cast("dict[str, object]", document).get("error", "unreadable"))[:64]
