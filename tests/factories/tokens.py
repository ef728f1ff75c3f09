"""Signs access tokens like an identity provider would, without a network."""

import time
from uuid import UUID

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from kernel.identity import StaticKeys, TokenVerifier

ISSUER = "https://issuer.test/realms/retailflow"
AUDIENCE = "retail-api"


class TokenFactory:
    """One signing key, any claims."""

    def __init__(self) -> None:
        self._key = RSAKey.generate_key(2048, {"kid": "test-key", "use": "sig", "alg": "RS256"}, auto_kid=False)

    def verifier(self) -> TokenVerifier:
        public = KeySet.import_key_set({"keys": [self._key.as_dict(private=False)]})
        return TokenVerifier(ISSUER, AUDIENCE, StaticKeys(public))

    def access_token(self, tenant: UUID | None, /, *roles: str, subject: str = "user-1", **claims: object) -> str:
        now = int(time.time())
        payload: dict[str, object] = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": subject,
            "iat": now,
            "exp": now + 300,
            "typ": "Bearer",
            "realm_access": {"roles": list(roles)},
            "preferred_username": subject,
            # whoever a test needs without a second factor says so
            "acr": "otp",
            "auth_time": now,
        }
        if tenant is not None:
            payload["tenant_id"] = str(tenant)
        payload.update(claims)
        return jwt.encode({"alg": "RS256", "kid": "test-key"}, payload, self._key)

    def headers(self, tenant_id: UUID | None, *roles: str, subject: str = "user-1") -> dict[str, str]:
        return {"authorization": f"Bearer {self.access_token(tenant_id, *roles, subject=subject)}"}
