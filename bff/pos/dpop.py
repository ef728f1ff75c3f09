"""Proofs of possession of a device's key (RFC 9449): one per request, signed with ES256, usable once."""

import hashlib
import hmac
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from typing import Final, cast
from urllib.parse import urlsplit

import orjson
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from redis.asyncio import Redis
from starlette.requests import Request

from bff.session.model import epoch_seconds
from bff.session.redis_access import failing_closed, hashed
from kernel import base64url
from kernel.errors import Unauthenticated

ALGORITHM: Final = "ES256"
_MAX_AGE_SECONDS: Final = 60
_MAX_AHEAD_SECONDS: Final = 30
_MAX_PROOF_LENGTH: Final = 4096
_JTI_LENGTHS: Final = range(16, 129)
_JTI_SECONDS: Final = _MAX_AGE_SECONDS + _MAX_AHEAD_SECONDS + 30
# what WebCrypto writes; anything else in the key could be a private half, or a way to fetch another key
_KEY_MEMBERS: Final = frozenset({"kty", "crv", "x", "y", "kid", "alg", "use", "ext", "key_ops"})
_HEADER_MEMBERS: Final = frozenset({"typ", "alg", "jwk"})


class DeviceRefused(Unauthenticated):
    """The device did not prove itself; `error` is RFC 9449's word for it."""

    error: str = "invalid_token"


class ProofRefused(DeviceRefused):
    """The proof is missing, malformed, stale, about something else, or was used before."""

    code = "INVALID_DPOP_PROOF"
    error = "invalid_dpop_proof"


@dataclass(frozen=True, slots=True)
class ProvenKey:
    """A public key whose private half signed this request."""

    x: str
    y: str
    thumbprint: str


class Proofs:
    """Checks the proof of a request against the BFF's public address; remembers proofs in Redis, for all replicas."""

    def __init__(self, redis: Redis, public_url: str, *, namespace: str) -> None:
        self._redis = redis
        self._public_url = public_url
        self._prefix = f"bff:{namespace}:proof"

    async def proven(self, request: Request, *, token: str | None = None) -> ProvenKey:
        """The key that signed this request's proof, and with it the hash of `token` if there is one.

        Raises:
            ProofRefused: there is not exactly one acceptable proof.
            Unavailable: Redis does not answer.
        """
        sent = request.headers.getlist("dpop")
        if len(sent) != 1:
            raise ProofRefused("exactly one DPoP header is needed")
        key, claims = _opened(sent[0])
        self._require_about(claims, request)
        if token is not None and not _is_equal(claims.get("ath"), _hash_of(token)):
            raise ProofRefused("the proof is about another token")
        await self._require_unused(claims.get("jti"), key.thumbprint)
        return key

    def _require_about(self, claims: Mapping[str, object], request: Request) -> None:
        if claims.get("htm") != request.method:
            raise ProofRefused("the proof is about another method")
        if _place(claims.get("htu")) != _place(f"{self._public_url}{request.url.path}"):
            raise ProofRefused("the proof is about another address")
        issued_at = claims.get("iat")
        if not isinstance(issued_at, int) or isinstance(issued_at, bool):
            raise ProofRefused("the proof does not say when it was made")
        now = epoch_seconds()
        if not now - _MAX_AGE_SECONDS <= issued_at <= now + _MAX_AHEAD_SECONDS:
            raise ProofRefused("the proof was not made just now")

    async def _require_unused(self, jti: object, thumbprint: str) -> None:
        if not isinstance(jti, str) or len(jti) not in _JTI_LENGTHS:
            raise ProofRefused("the proof has no usable jti")
        name = f"{self._prefix}:{hashed(thumbprint, jti)}"
        with failing_closed():
            is_first = await cast("Awaitable[object]", self._redis.set(name, b"1", nx=True, ex=_JTI_SECONDS))
        if not is_first:
            raise ProofRefused("the proof was used before")


def _opened(proof: str) -> tuple[ProvenKey, Mapping[str, object]]:
    if len(proof) > _MAX_PROOF_LENGTH or not proof.isascii():
        raise ProofRefused("the proof is unreadable")
    try:
        header = cast("dict[str, object]", jws.extract_compact(proof.encode()).headers())
        key = _public_key(header)
        claims: object = orjson.loads(jws.deserialize_compact(proof, key, algorithms=[ALGORITHM]).payload)
        members = key.as_dict(private=False)
        proven = ProvenKey(str(members["x"]), str(members["y"]), key.thumbprint())
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise ProofRefused("the proof's signature does not hold") from error
    if not isinstance(claims, dict):
        raise ProofRefused("the proof says nothing")
    return proven, cast("Mapping[str, object]", claims)


def _public_key(header: Mapping[str, object]) -> ECKey:
    if header.get("typ") != "dpop+jwt" or header.get("alg") != ALGORITHM or header.keys() - _HEADER_MEMBERS:
        raise ProofRefused("the proof's header is not acceptable")
    members = header.get("jwk")
    if not isinstance(members, dict):
        raise ProofRefused("the proof brings no key")
    given = cast("dict[str, object]", members)
    if given.keys() - _KEY_MEMBERS or (given.get("kty"), given.get("crv")) != ("EC", "P-256"):
        raise ProofRefused("the proof's key is not a public key on P-256")
    return ECKey.import_key({name: str(given[name]) for name in ("kty", "crv", "x", "y")})


def _place(url: object) -> tuple[str, str, int | None, str] | None:
    if not isinstance(url, str):
        return None
    try:
        parts = urlsplit(url)
        port = parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    except ValueError:
        return None
    return parts.scheme, parts.hostname or "", port, parts.path or "/"


def _hash_of(token: str) -> str:
    return base64url.encode(hashlib.sha256(token.encode()).digest())


def _is_equal(given: object, wanted: str) -> bool:
    return isinstance(given, str) and hmac.compare_digest(given.encode(), wanted.encode())
