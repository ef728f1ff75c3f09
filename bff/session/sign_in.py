"""From an authorization response to a session: every check of RFC 6749, 7636, 9207 and OpenID Connect Core."""

from dataclasses import dataclass, replace
from typing import Final

from bff.session.id_token import IdentityClaims, IdTokenRules, validated_id_token
from bff.session.login_transaction import LoginTransaction, LoginTransactions, Purpose
from bff.session.model import Session, epoch_seconds
from bff.session.oidc import OidcClient, TokenSet
from kernel.errors import BadUserInput, Unauthenticated
from kernel.identity import Principal, SecondFactor, TokenVerifier

# OpenID Connect Core §3.1.2.6
_NEEDS_THE_PERSON: Final = frozenset(
    {"login_required", "interaction_required", "consent_required", "account_selection_required"}
)


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
    has_chosen: bool


@dataclass(frozen=True, slots=True)
class SessionRules:
    """For whom access tokens are, how long a session lasts at most, and how long a second factor counts."""

    audience: str
    absolute_seconds: int
    second_factor_seconds: int


class FormRequired(Unauthenticated):
    """A silent sign-in found nobody signed in at the provider; `return_to` is where the browser came from."""

    def __init__(self, return_to: str) -> None:
        super().__init__("the identity provider would have to ask")
        self.return_to = return_to


class SignIn:
    """Completes sign-ins and renews their tokens."""

    def __init__(self, provider: OidcClient, transactions: LoginTransactions, rules: SessionRules) -> None:
        self._provider = provider
        self._transactions = transactions
        self._rules = rules
        self._access_tokens: TokenVerifier | None = None

    async def complete(self, response: AuthorizationResponse, browser: str | None) -> SignedIn:
        """The session that an authorization response leads to.

        Raises:
            FormRequired: nobody may be asked, and somebody would have to be.
            BadUserInput: the response is not of a sign-in that this browser began, or reports an error.
            Unauthenticated: the provider refused the code, or a token does not hold.
            Unavailable: the provider or Redis does not answer.
        """
        transaction = await self._transactions.take(response.state, browser)
        code = self._checked_code(response, transaction)
        tokens = await self._provider.exchange(code, transaction.verifier)
        session = await self._session_of(tokens, transaction)
        if transaction.tenant is not None and session.tenant_id != transaction.tenant.tenant_id:
            raise Unauthenticated("the person is not of this tenant", code="TENANT_REFUSED")
        return SignedIn(session, transaction.return_to, transaction.tenant is not None)

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
        if (str(principal.tenant_id) if principal.tenant_id else None) != session.tenant_id:
            raise Unauthenticated("the refreshed token is of another tenant")
        tenants = session.tenants
        if tokens.id_token is not None:
            tenants = (await self._require_same_identity(tokens.id_token, session)).tenants
        now = epoch_seconds()
        return replace(
            session,
            roles=tuple(sorted(principal.roles)),
            tenants=tenants,
            store_ids=tuple(sorted(principal.store_ids)),
            second_factor=principal.second_factor,
            access_token=tokens.access_token,
            access_expires_at=now + tokens.expires_in,
            refresh_token=tokens.refresh_token or session.refresh_token,
            refresh_expires_at=_refresh_expiry(tokens, now),
            id_token=tokens.id_token or session.id_token,
        )

    def _checked_code(self, response: AuthorizationResponse, transaction: LoginTransaction) -> str:
        if response.issuer != self._provider.registration.issuer:
            raise BadUserInput("the answer comes from another identity provider", code="LOGIN_ISSUER_MISMATCH")
        if transaction.purpose is Purpose.SILENT and response.error in _NEEDS_THE_PERSON:
            raise FormRequired(transaction.return_to)
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
        self._require_wanted(transaction, identity, principal)
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
            second_factor=principal.second_factor,
            access_token=tokens.access_token,
            access_expires_at=now + tokens.expires_in,
            refresh_token=tokens.refresh_token,
            refresh_expires_at=_refresh_expiry(tokens, now),
            id_token=tokens.id_token,
            id_token_issued_at=identity.issued_at,
            started_at=now,
            ends_at=now + self._rules.absolute_seconds,
            tenants=identity.tenants,
        )

    def _require_wanted(self, transaction: LoginTransaction, identity: IdentityClaims, principal: Principal) -> None:
        """Refuse another person than the one who was sent, and a provider that did not ask what it was asked to."""
        if transaction.subject is not None and transaction.subject != identity.subject:
            raise BadUserInput("somebody else has signed in", code="LOGIN_OTHER_PERSON")
        if transaction.purpose is not Purpose.STEP_UP:
            return
        # what the ID token says is promised to us, what the access token says is what the services go by
        shown = SecondFactor(identity.level, identity.signed_in_at or 0, self._rules.second_factor_seconds)
        if not (shown.counts and principal.second_factor.counts):
            raise BadUserInput("the identity provider asked for no second factor", code="LOGIN_WITHOUT_STEP_UP")

    async def _identity(self, id_token: str, *, nonce: str | None) -> IdentityClaims:
        registration = self._provider.registration
        rules = IdTokenRules(registration.issuer, registration.client_id, nonce)
        return await validated_id_token(id_token, await self._provider.keys(), rules)

    async def _require_same_identity(self, id_token: str, session: Session) -> IdentityClaims:
        identity = await self._identity(id_token, nonce=None)
        if (identity.subject, identity.provider_session_id) != (session.subject, session.provider_session_id):
            raise Unauthenticated("the refreshed ID token is of another session")
        return identity

    async def _principal(self, tokens: TokenSet) -> Principal:
        if self._access_tokens is None:
            issuer = self._provider.registration.issuer
            self._access_tokens = TokenVerifier(
                issuer,
                self._rules.audience,
                await self._provider.keys(),
                second_factor_seconds=self._rules.second_factor_seconds,
            )
        return await self._access_tokens.verify(tokens.access_token)


def _refresh_expiry(tokens: TokenSet, now: int) -> int | None:
    return now + tokens.refresh_expires_in if tokens.refresh_expires_in else None
