"""The provider's rules, apart from HTTP: who may have which tokens, and whom to tell that a session ended."""

import asyncio
import base64
import binascii
import hmac
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

import aiohttp
from pydantic import BaseModel, TypeAdapter, ValidationError

from bff.session.pkce import CHALLENGE_METHOD, challenge_of
from cli.development_provider.accounts import AccountBook
from cli.development_provider.ledger import OTP, AuthorizationCode, Ledger, ProviderSession, Reused, code_expiry
from cli.development_provider.one_time_codes import OneTimeCodes
from cli.development_provider.realm import Client, User
from cli.development_provider.tokens import TokenMint
from kernel.membership import SCOPE
from kernel.telemetry import get_logger

log = get_logger(__name__)
_NOTIFY_SECONDS: Final = 5.0


class _AskedClaim(BaseModel):
    values: list[str] = []


class _AskedClaims(BaseModel):
    id_token: dict[str, _AskedClaim] = {}


_CLAIMS: TypeAdapter[_AskedClaims] = TypeAdapter(_AskedClaims)


class OAuthError(Exception):
    """A refusal with an error code of RFC 6749."""

    def __init__(self, code: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.status = status


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """A checked authorization request."""

    client: Client
    redirect_uri: str
    challenge: str
    state: str | None
    nonce: str | None
    scope: str
    wants_otp: bool
    is_silent: bool
    wants_password: bool
    max_age: int | None

    def is_recent(self, session: ProviderSession) -> bool:
        """Whether the person proved to be there lately enough for this request."""
        return self.max_age is None or time.time() - session.auth_time <= self.max_age


class Provider:
    """One realm with its ledger and its key."""

    def __init__(self, issuer: str, accounts: AccountBook, ledger: Ledger, mint: TokenMint) -> None:
        self.issuer = issuer
        self.accounts = accounts
        self.realm = accounts.realm
        self.ledger = ledger
        self.mint = mint
        self.one_time_codes = OneTimeCodes()

    def known_redirect(self, query: Mapping[str, str]) -> tuple[Client, str]:
        """Client and redirect address of a request; before both are known nobody may be redirected.

        Raises:
            OAuthError: unknown client or an address that is not registered exactly so.
        """
        client = self.realm.clients.get(query.get("client_id", ""))
        if client is None or not client.standard_flow_enabled:
            raise OAuthError("invalid_client", "this client is not known")
        redirect_uri = query.get("redirect_uri", "")
        if redirect_uri not in client.redirect_uris:
            raise OAuthError("invalid_request", "this redirect address is not registered for the client")
        return client, redirect_uri

    def checked(self, query: Mapping[str, str]) -> AuthorizationRequest:
        """The authorization request in `query`.

        Raises:
            OAuthError: not the code flow, or without PKCE S256.
        """
        client, redirect_uri = self.known_redirect(query)
        if query.get("response_type") != "code":
            raise OAuthError("unsupported_response_type", "only the code flow is offered")
        if query.get("code_challenge_method") != CHALLENGE_METHOD or not query.get("code_challenge"):
            raise OAuthError("invalid_request", "PKCE with S256 is required")
        if "openid" not in query.get("scope", "").split():
            raise OAuthError("invalid_scope", "the scope openid is required")
        _require_offered(client, query["scope"])
        return AuthorizationRequest(
            client=client,
            redirect_uri=redirect_uri,
            challenge=query["code_challenge"],
            state=query.get("state"),
            nonce=query.get("nonce"),
            scope=query["scope"],
            wants_otp=OTP in _asked_levels(query),
            is_silent=query.get("prompt") == "none",
            wants_password=query.get("prompt") == "login",
            max_age=_max_age(query),
        )

    def is_strong_enough(self, asked: AuthorizationRequest, session: ProviderSession) -> bool:
        """Whether the session has the level that is asked for: a one-time code counts as long as in Keycloak."""
        return not asked.wants_otp or time.time() - session.otp_at < self.realm.otp_seconds

    def code_for(self, request: AuthorizationRequest, session: ProviderSession) -> str:
        """An authorization code for a signed-in browser."""
        return self.ledger.issue_code(
            AuthorizationCode(
                client_id=request.client.client_id,
                redirect_uri=request.redirect_uri,
                challenge=request.challenge,
                nonce=request.nonce,
                sid=session.sid,
                scope=request.scope,
                expires_at=code_expiry(),
            )
        )

    def authenticated_client(self, authorization: str | None, form: Mapping[str, str]) -> Client:
        """The client of a token request, by HTTP Basic or in the form.

        Raises:
            OAuthError: unknown client or wrong secret.
        """
        client_id, secret = _basic(authorization) or (form.get("client_id", ""), form.get("client_secret", ""))
        client = self.realm.clients.get(client_id)
        if client is None or not hmac.compare_digest(client.secret.encode(), secret.encode()):
            raise OAuthError("invalid_client", "unknown client or wrong secret", 401)
        return client

    async def tokens_for_code(self, client: Client, form: Mapping[str, str]) -> dict[str, object]:
        """The answer to an authorization code grant. A code used twice ends the session it began."""
        try:
            code = self.ledger.take_code(form.get("code", ""))
        except Reused as reuse:
            await self.end_session(reuse.sid)
            raise OAuthError("invalid_grant", "the code was used before") from None
        if code is None or code.client_id != client.client_id or code.redirect_uri != form.get("redirect_uri"):
            raise OAuthError("invalid_grant", "the code is not good")
        if not _is_verifier(form.get("code_verifier", ""), code.challenge):
            raise OAuthError("invalid_grant", "the code verifier is wrong")
        session = self.ledger.session(code.sid)
        if session is None:
            raise OAuthError("invalid_grant", "the session has ended")
        refresh_token = self.ledger.issue_refresh(session, client.client_id, code.scope)
        return self._token_answer(client, session, refresh_token, code.scope, nonce=code.nonce)

    async def tokens_for_refresh(self, client: Client, form: Mapping[str, str]) -> dict[str, object]:
        """The answer to a refresh grant. A refresh token used twice ends its session."""
        try:
            rotated = self.ledger.rotate_refresh(form.get("refresh_token", ""), client.client_id)
        except Reused as reuse:
            await self.end_session(reuse.sid)
            raise OAuthError("invalid_grant", "the refresh token was used before") from None
        if rotated is None:
            raise OAuthError("invalid_grant", "the refresh token is not good")
        session, scope, refresh_token = rotated
        if not self._account_of(session).enabled:
            raise OAuthError("invalid_grant", "the account is disabled")
        return self._token_answer(client, session, refresh_token, scope, nonce=None)

    def tokens_for_client(self, client: Client) -> dict[str, object]:
        """The answer to a client credentials grant."""
        account = self.realm.service_account(client)
        if not client.service_accounts_enabled or account is None:
            raise OAuthError("unauthorized_client", "this client has no service account")
        return {
            "access_token": self.mint.access_token(account, client, None, "profile"),
            "expires_in": self.realm.access_token_seconds,
            "refresh_expires_in": 0,
            "token_type": "Bearer",
            "scope": "profile",
        }

    async def end_session(self, sid: str) -> bool:
        """End a session and tell every client that took part; False if it did not live."""
        session = self.ledger.end_session(sid)
        if session is None:
            return False
        user = self._account_of(session)
        log.info("session_ended", sid=sid, clients=len(session.clients))
        notices = [self._notify(client_id, user, sid) for client_id in session.clients]
        await asyncio.gather(*notices)
        return True

    def _account_of(self, session: ProviderSession) -> User:
        user = self.accounts.with_id(session.account_id)
        if user is None:
            raise OAuthError("invalid_grant", "the account is gone")
        return user

    async def end_sessions_of(self, user: User) -> None:
        """End every session of an account."""
        for session in self.ledger.sessions_of(self.accounts.id_of(user)):
            await self.end_session(session.sid)

    async def _notify(self, client_id: str, user: User, sid: str) -> None:
        url = self.realm.clients[client_id].backchannel_logout_url
        if url is None:
            return
        form = {"logout_token": self.mint.logout_token(user, client_id, sid)}
        timeout = aiohttp.ClientTimeout(total=_NOTIFY_SECONDS)
        try:
            async with aiohttp.ClientSession(timeout=timeout) as http, http.post(url, data=form) as response:
                log.info("backchannel_logout_sent", client_id=client_id, status=response.status)
        except (aiohttp.ClientError, TimeoutError) as error:
            log.warning("backchannel_logout_failed", client_id=client_id, reason=type(error).__name__)

    def _token_answer(
        self, client: Client, session: ProviderSession, refresh_token: str, scope: str, *, nonce: str | None
    ) -> dict[str, object]:
        user = self._account_of(session)
        return {
            "access_token": self.mint.access_token(user, client, session, scope),
            "expires_in": self.realm.access_token_seconds,
            "refresh_token": refresh_token,
            "refresh_expires_in": self.ledger.seconds_left(session),
            "id_token": self.mint.id_token(user, client.client_id, session, nonce),
            "token_type": "Bearer",
            "scope": scope,
        }


def _require_offered(client: Client, scope: str) -> None:
    """Keycloak refuses a scope the client does not have."""
    memberships = {one for one in scope.split() if one.startswith(SCOPE)}
    if not memberships <= {*client.optional_client_scopes}:
        raise OAuthError("invalid_scope", "this client is not offered the scope")


def _asked_levels(query: Mapping[str, str]) -> set[str]:
    """From `acr_values`, or as an essential claim of the ID token (OpenID Connect Core §5.5.1.1)."""
    levels = set(query.get("acr_values", "").split())
    try:
        wanted = _CLAIMS.validate_json(query.get("claims") or "{}")
    except ValidationError:
        raise OAuthError("invalid_request", "the claims parameter is not good") from None
    return levels | set(wanted.id_token.get("acr", _AskedClaim()).values)


def _max_age(query: Mapping[str, str]) -> int | None:
    given = query.get("max_age")
    if given is None:
        return None
    if not (given.isascii() and given.isdecimal()):
        raise OAuthError("invalid_request", "max_age is not a number of seconds")
    return int(given)


def _is_verifier(verifier: str, challenge: str) -> bool:
    try:
        return hmac.compare_digest(challenge_of(verifier), challenge)
    except (UnicodeEncodeError, TypeError):
        return False


def _basic(authorization: str | None) -> tuple[str, str] | None:
    scheme, _, encoded = (authorization or "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        client_id, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return unquote(client_id), unquote(secret)
