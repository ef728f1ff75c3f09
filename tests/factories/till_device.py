"""A till as the POS BFF meets it: a key that proves each request, and the token that names the device."""

import base64
import hashlib
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

import orjson
from joserfc import jws
from joserfc.jwk import ECKey, OctKey


def new_key() -> ECKey:
    return ECKey.generate_key("P-256")


@dataclass
class TillDevice:
    """Makes proofs for the BFF's public address, whatever replica they are sent to."""

    public_url: str
    key: ECKey = field(default_factory=new_key)
    token: str | None = None
    device_id: str = ""
    tenant_id: str = ""

    @property
    def thumbprint(self) -> str:
        return self.key.thumbprint()

    @property
    def public_jwk(self) -> dict[str, Any]:
        members = self.key.as_dict(private=False)
        return {name: members[name] for name in ("kty", "crv", "x", "y")}

    def headers(self, method: str, path: str) -> dict[str, str]:
        """What every request of the till carries; without a token the proof alone."""
        proof = {"dpop": self.proof(method, path)}
        return proof if self.token is None else {**proof, "authorization": f"DPoP {self.token}"}

    def claims(self, method: str, path: str, **changes: object) -> dict[str, object]:
        claims: dict[str, object] = {
            "htm": method,
            "htu": f"{self.public_url}{path}",
            "iat": int(time.time()),
            "jti": uuid.uuid4().hex,
        }
        if self.token is not None:
            claims["ath"] = hash_of(self.token)
        claims |= changes
        return {name: value for name, value in claims.items() if value is not None}

    def proof(self, method: str, path: str, header: dict[str, object] | None = None, **changes: object) -> str:
        """A proof; `header` and `changes` replace members, None leaves them out."""
        given = {"typ": "dpop+jwt", "alg": "ES256", "jwk": self.public_jwk} | (header or {})
        return signed(
            {name: value for name, value in given.items() if value is not None},
            self.claims(method, path, **changes),
            self.key,
        )

    def learn(self, answer: dict[str, Any]) -> None:
        """Keep what the enrolment answered."""
        self.token, self.device_id, self.tenant_id = (answer["device_token"], answer["device_id"], answer["tenant_id"])


def hash_of(token: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()).rstrip(b"=").decode()


def signed(header: dict[str, Any], claims: dict[str, object], key: ECKey | OctKey) -> str:
    registry = jws.JWSRegistry(algorithms=["ES256", "HS256"], strict_check_header=False)
    return jws.serialize_compact(header, orjson.dumps(claims), key, registry=registry)


def unsigned(header: dict[str, Any], claims: dict[str, object]) -> str:
    parts = (orjson.dumps(header), orjson.dumps(claims))
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts) + "."
