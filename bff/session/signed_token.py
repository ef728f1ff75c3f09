"""Signed tokens of the identity provider: RS256 with one of its published keys, nothing the token itself proposes."""

from collections.abc import Mapping
from typing import cast

from joserfc import jws, jwt
from joserfc.errors import JoseError

from kernel.errors import Unauthenticated
from kernel.identity import KeySource

CLOCK_SKEW_SECONDS = 30
# keys named by the token itself would let a forger bring his own
_KEY_HEADERS = frozenset({"jwk", "jku", "x5u", "x5c", "crit"})


class SignedToken:
    """A token whose signature holds: header and claims, the claims still to be judged."""

    def __init__(self, header: Mapping[str, object], claims: Mapping[str, object]) -> None:
        self.header = header
        self.claims = claims

    def text(self, name: str) -> str | None:
        """The claim if it is a non-empty string."""
        value = self.claims.get(name)
        return value if isinstance(value, str) and value else None

    def instant(self, name: str) -> int | None:
        """The claim if it is a number of seconds since the epoch."""
        value = self.claims.get(name)
        return int(value) if isinstance(value, int | float) and not isinstance(value, bool) else None

    @property
    def audience(self) -> list[str]:
        """The audiences, always as a list."""
        value = self.claims.get("aud")
        items = cast("list[object]", value) if isinstance(value, list) else [value]
        return [item for item in items if isinstance(item, str)]


async def verified_signature(token: str, keys: KeySource) -> SignedToken:
    """Check the signature of `token`.

    Raises:
        Unauthenticated: malformed, not RS256, unknown key, bad signature, or a header that brings its own key.
        Unavailable: the provider's keys cannot be fetched.
    """
    try:
        header = cast("dict[str, object]", jws.extract_compact(token.encode()).headers())
        key_id = header.get("kid")
        if not isinstance(key_id, str) or header.keys() & _KEY_HEADERS:
            raise Unauthenticated("the token's header is not acceptable")
        decoded = jwt.decode(token, await keys.keys(key_id), algorithms=["RS256"])
    except (JoseError, ValueError) as error:
        raise Unauthenticated("the token's signature does not hold") from error
    return SignedToken(header, cast("dict[str, object]", decoded.claims))
