"""The three kinds of token the provider signs, with the claims Keycloak would write."""

import secrets
import time
from collections.abc import Mapping
from typing import Final, cast

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, RSAKey

from cli.development_provider.accounts import AccountBook
from cli.development_provider.ledger import ProviderSession
from cli.development_provider.realm import Client, User
from kernel.membership import SCOPE

LOGOUT_EVENT: Final = "http://schemas.openid.net/event/backchannel-logout"
_LOGOUT_SECONDS: Final = 120


class TokenMint:
    """Signs tokens of one issuer."""

    def __init__(self, issuer: str, accounts: AccountBook, key: RSAKey) -> None:
        self._issuer = issuer
        self._accounts = accounts
        self._realm = accounts.realm
        self._key = key

    def published_keys(self) -> Mapping[str, object]:
        """The JWKS document."""
        return cast("Mapping[str, object]", KeySet([self._key]).as_dict(private=False))

    def access_token(self, user: User, client: Client, session: ProviderSession | None, scope: str) -> str:
        """An access token for the API; a client-credentials token has no session."""
        claims: dict[str, object] = {
            **self._stamped(self._realm.access_token_seconds),
            "typ": "Bearer",
            "aud": self._realm.audience_of(client),
            "sub": self._accounts.id_of(user),
            "azp": client.client_id,
            "scope": scope,
            "realm_access": {"roles": user.realm_roles},
            "preferred_username": user.username,
        }
        if session is not None:
            claims |= {"sid": session.sid, "name": user.name, "acr": session.acr, "auth_time": session.auth_time}
        tenant = user.attributes.get("tenant_id")
        if tenant:
            claims["tenant_id"] = tenant[0]
        if "store_ids" in user.attributes:
            claims["store_ids"] = user.attributes["store_ids"]
        memberships = [user.attributes.get(f"membership_{slot}", []) for slot in _slots(scope)]
        if any(memberships):
            claims["membership"] = [text for membership in memberships for text in membership]
        return self._signed(claims, "JWT")

    def id_token(self, user: User, client_id: str, session: ProviderSession, nonce: str | None) -> str:
        """An ID token."""
        claims: dict[str, object] = {
            **self._stamped(self._realm.access_token_seconds),
            "typ": "ID",
            "aud": client_id,
            "sub": self._accounts.id_of(user),
            "azp": client_id,
            "sid": session.sid,
            "auth_time": session.auth_time,
            "acr": session.acr,
            "name": user.name,
            "preferred_username": user.username,
        }
        if "tenants" in user.attributes:
            claims["tenants"] = user.attributes["tenants"]
        if nonce is not None:
            claims["nonce"] = nonce
        return self._signed(claims, "JWT")

    def logout_token(self, user: User, client_id: str, sid: str) -> str:
        """A back-channel logout token for one session."""
        claims: dict[str, object] = {
            **self._stamped(_LOGOUT_SECONDS),
            "typ": "Logout",
            "aud": client_id,
            "sub": self._accounts.id_of(user),
            "sid": sid,
            "events": {LOGOUT_EVENT: {}},
        }
        return self._signed(claims, "logout+jwt")

    def own_claims(self, token: str, kind: str, *, even_expired: bool = False) -> Mapping[str, object] | None:
        """The claims of a token of ours of the given `typ` claim; None if it is not."""
        try:
            decoded = jwt.decode(token, self._key, algorithms=["RS256"])
        except (JoseError, ValueError):
            return None
        claims = cast("dict[str, object]", decoded.claims)
        is_ours = claims.get("iss") == self._issuer and claims.get("typ") == kind
        is_fresh = even_expired or cast("int", claims.get("exp", 0)) > time.time()
        return claims if is_ours and is_fresh else None

    def _stamped(self, seconds: int) -> dict[str, object]:
        now = int(time.time())
        return {"iss": self._issuer, "iat": now, "exp": now + seconds, "jti": secrets.token_hex(16)}

    def _signed(self, claims: dict[str, object], kind: str) -> str:
        return jwt.encode({"alg": "RS256", "typ": kind, "kid": self._key.kid}, claims, self._key, algorithms=["RS256"])


def _slots(scope: str) -> list[str]:
    return [one.removeprefix(SCOPE) for one in scope.split() if one.startswith(SCOPE)]
