"""From an authorization response to a session: every check of RFC 6749, 7636, 9207 and OpenID Connect Core."""

from dataclasses import dataclass, replace

from bff.session.id_token import IdentityClaims, IdTokenRules, validated_id_token
from bff.session.login_transaction import LoginTransaction, LoginTransactions
from bff.session.model import Session, epoch_seconds
from bff.session.oidc import OidcClient, TokenSet
from kernel.errors import BadUserInput, Unauthenticated
from kernel.identity import Principal, TokenVerifier


@dataclass(frozen=True, slots=True)
class AuthorizationResponse:
    """The parameters the provider sent back through the browser."""

    state: str
    code: str | None
    issuer: str | None
    error: str | None


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A completed sign-in: the session to store and the page to return to."""

    session: Session
    return_to: str


class SignIn:
    """Completes sign-ins and renews their tokens."""

    def __init__(
        self, provider: OidcClient, transactions: LoginTransactions, *, audience: str, absolute_seconds: int
    ) -> None:
        self._provider = provider
        self._transactions = transactions
        self._audience = audience
        self._absolute_seconds = absolute_seconds
        self._access_tokens: TokenVerifier | None = None

    async def complete(self, response: AuthorizationResponse, browser: str | None) -> SignedIn:
        """The session that an authorization response leads to.

        Raises:
            BadUserInput: the response is not of a sign-in that this browser began, or reports an error.
            Unauthenticated: the provider refused the code, or a token does not hold.
            Unavailable: the provider or Redis does not answer.
        """
        transaction = await self._transactions.take(response.state, browser)
        code = self._checked_code(response)
        tokens = await self._provider.exchange(code, transaction.verifier)
        session = await self._session_of(tokens, transaction)
        return SignedIn(session, transaction.return_to)

    async def renewed(self, session: Session) -> Session:
        """The session with fresh tokens; the old refresh token is used up.

        Raises:
            RefreshRefused: the provider ended the session.
            Unauthenticated: the new tokens are somebody else's.
            Unavailable: the provider does not answer.
        """
        if session.refresh_token is None:
            raise Unauthenticated("the session cannot be prolonged")
        tokens = await self._provider.refresh(session.refresh_token)
        principal = await self._principal(tokens)
        if principal.subject != session.subject:
            raise Unauthenticated("the refreshed token is somebody else's")
        if tokens.id_token is not None:
            await self._require_same_identity(tokens.id_token, session)
        now = epoch_seconds()
        return replace(
            session,
            roles=tuple(sorted(principal.roles)),
            tenant_id=str(principal.tenant_id) if principal.tenant_id else None,
            store_ids=tuple(sorted(principal.store_ids)),
            access_token=tokens.access_token,
            access_expires_at=now + tokens.expires_in,
            refresh_token=tokens.refresh_token or session.refresh_token,
            refresh_expires_at=_refresh_expiry(tokens, now),
            id_token=tokens.id_token or session.id_token,
        )

    def _checked_code(self, response: AuthorizationResponse) -> str:
        if response.issuer != self._provider.registration.issuer:
            raise BadUserInput("the answer comes from another identity provider", code="LOGIN_ISSUER_MISMATCH")
        if response.error is not None or not response.code:
            raise BadUserInput("the identity provider did not sign you in", code="LOGIN_REFUSED")
        return response.code

    async def _session_of(self, tokens: TokenSet, transaction: LoginTransaction) -> Session:
        if tokens.id_token is None:
            raise Unauthenticated("the identity provider sent no ID token")
        identity = await self._identity(tokens.id_token, nonce=transaction.nonce)
        principal = await self._principal(tokens)
        if principal.subject != identity.subject:
            raise Unauthenticated("the tokens name two different people")
        now = epoch_seconds()
        return Session(
            issuer=self._provider.registration.issuer,
            subject=identity.subject,
            provider_session_id=identity.provider_session_id,
            username=principal.username,
            name=identity.name,
            roles=tuple(sorted(principal.roles)),
            tenant_id=str(principal.tenant_id) if principal.tenant_id else None,
            store_ids=tuple(sorted(principal.store_ids)),
            access_token=tokens.access_token,
            access_expires_at=now + tokens.expires_in,
            refresh_token=tokens.refresh_token,
            refresh_expires_at=_refresh_expiry(tokens, now),
            id_token=tokens.id_token,
            id_token_issued_at=identity.issued_at,
            started_at=now,
            ends_at=now + self._absolute_seconds,
        )

    async def _identity(self, id_token: str, *, nonce: str | None) -> IdentityClaims:
        registration = self._provider.registration
        rules = IdTokenRules(registration.issuer, registration.client_id, nonce)
        return await validated_id_token(id_token, await self._provider.keys(), rules)

    async def _require_same_identity(self, id_token: str, session: Session) -> None:
        identity = await self._identity(id_token, nonce=None)
        if (identity.subject, identity.provider_session_id) != (session.subject, session.provider_session_id):
            raise Unauthenticated("the refreshed ID token is of another session")

    async def _principal(self, tokens: TokenSet) -> Principal:
        if self._access_tokens is None:
            issuer = self._provider.registration.issuer
            self._access_tokens = TokenVerifier(issuer, self._audience, await self._provider.keys())
        return await self._access_tokens.verify(tokens.access_token)


def _refresh_expiry(tokens: TokenSet, now: int) -> int | None:
    return now + tokens.refresh_expires_in if tokens.refresh_expires_in else None
