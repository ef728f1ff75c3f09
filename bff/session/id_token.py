"""Validation of ID tokens (OpenID Connect Core §3.1.3.7)."""

from dataclasses import dataclass

from bff.session.model import epoch_seconds
from bff.session.signed_token import CLOCK_SKEW_SECONDS, SignedToken, verified_signature
from bff.session.tenant_choice import TenantChoice, choices_of
from kernel.errors import Unauthenticated
from kernel.identity import KeySource

_MAX_AGE_SECONDS = 600


@dataclass(frozen=True, slots=True)
class IdentityClaims:
    """Who signed in, and in which session of the provider."""

    subject: str
    provider_session_id: str | None
    name: str
    issued_at: int
    level: str
    signed_in_at: int | None
    tenants: tuple[TenantChoice, ...]


@dataclass(frozen=True, slots=True)
class IdTokenRules:
    """What an ID token must say to be for us; `nonce` None only for a token that came with a refresh."""

    issuer: str
    client_id: str
    nonce: str | None


async def validated_id_token(token: str, keys: KeySource, rules: IdTokenRules) -> IdentityClaims:
    """The claims of an ID token that is genuine, ours, fresh and of this sign-in.

    Raises:
        Unauthenticated: any check fails.
    """
    signed = await verified_signature(token, keys)
    _require(signed.claims.get("typ", "ID") == "ID" and "events" not in signed.claims, "this is not an ID token")
    _require(signed.text("iss") == rules.issuer, "the ID token is of another issuer")
    _require_audience(signed, rules.client_id)
    issued_at = _require_times(signed)
    if rules.nonce is not None:
        _require(signed.text("nonce") == rules.nonce, "the ID token is of another sign-in")
    subject = signed.text("sub")
    if subject is None:
        raise Unauthenticated("the ID token names nobody")
    return IdentityClaims(
        subject=subject,
        provider_session_id=signed.text("sid"),
        name=signed.text("name") or signed.text("preferred_username") or subject,
        issued_at=issued_at,
        level=signed.text("acr") or "",
        signed_in_at=signed.instant("auth_time"),
        tenants=choices_of(signed.claims.get("tenants")),
    )


def _require_audience(signed: SignedToken, client_id: str) -> None:
    audience = signed.audience
    _require(client_id in audience, "the ID token is for another client")
    authorized_party = signed.claims.get("azp")
    if authorized_party is not None or len(audience) > 1:
        _require(authorized_party == client_id, "the ID token was issued to another client")


def _require_times(signed: SignedToken) -> int:
    now = epoch_seconds()
    expires_at, issued_at = signed.instant("exp"), signed.instant("iat")
    not_before = signed.instant("nbf")
    _require(expires_at is not None and expires_at > now - CLOCK_SKEW_SECONDS, "the ID token has expired")
    if issued_at is None or not now - _MAX_AGE_SECONDS <= issued_at <= now + CLOCK_SKEW_SECONDS:
        raise Unauthenticated("the ID token was not issued just now")
    _require(not_before is None or not_before <= now + CLOCK_SKEW_SECONDS, "the ID token is not valid yet")
    return issued_at


def _require(holds: bool, refusal: str) -> None:  # noqa: FBT001 - an assertion with a message
    if not holds:
        raise Unauthenticated(refusal)
