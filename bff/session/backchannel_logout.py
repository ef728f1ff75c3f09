"""OpenID Connect Back-Channel Logout 1.0: the provider's word that sessions have ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl

from bff.session.model import epoch_seconds
from bff.session.signed_token import CLOCK_SKEW_SECONDS, SignedToken, verified_signature
from bff.session.store import LogoutOrder, ReplayedToken, SessionStore
from kernel.errors import BadUserInput, Unauthenticated
from kernel.identity import KeySource
from kernel.telemetry import get_logger

log = get_logger(__name__)

EVENT: Final = "http://schemas.openid.net/event/backchannel-logout"
_MAX_AHEAD_SECONDS: Final = 300
_MAX_AGE_SECONDS: Final = 120
_MAX_JTI_LENGTH: Final = 256
_FORM: Final = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class LogoutRules:
    """What a logout token must say to be for us.

    Attributes:
        token_types: accepted `typ` headers in lower case; Keycloak before 25 needs `jwt` too.
        all_on_sid: end all sessions of the subject although the token names one (Keycloak #22914).
    """

    issuer: str
    client_id: str
    token_types: frozenset[str] = frozenset({"logout+jwt"})
    all_on_sid: bool = False


class BackchannelLogout:
    """Receives logout tokens and ends the sessions they name."""

    def __init__(self, store: SessionStore, rules: LogoutRules) -> None:
        self._store = store
        self._rules = rules

    async def accept(self, content_type: str | None, body: bytes, keys: KeySource) -> int:
        """End the sessions that the posted logout token names; how many there were (already ended is fine).

        Raises:
            BadUserInput: not exactly one valid, unused logout token for us.
            Unavailable: Redis or the provider's keys cannot be reached; the provider should know.
        """
        token = _posted_token(content_type, body)
        try:
            order = _order(await verified_signature(token, keys), self._rules)
        except Unauthenticated as refusal:
            raise BadUserInput(refusal.message, code="LOGOUT_TOKEN_INVALID") from refusal
        try:
            ended = await self._store.end_by_provider(order, all_of_subject=self._rules.all_on_sid)
        except ReplayedToken:
            raise BadUserInput("the logout token was used before", code="LOGOUT_TOKEN_INVALID") from None
        log.info("sessions_ended_by_provider", sessions=ended, by_sid=order.provider_session_id is not None)
        return ended


def _posted_token(content_type: str | None, body: bytes) -> str:
    if (content_type or "").partition(";")[0].strip().lower() != _FORM:
        raise BadUserInput("a logout token is posted as a form", code="LOGOUT_TOKEN_INVALID")
    try:
        fields = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=8)
    except ValueError:
        raise BadUserInput("the form is unreadable", code="LOGOUT_TOKEN_INVALID") from None
    tokens = [value for name, value in fields if name == "logout_token"]
    if len(tokens) != 1 or not tokens[0]:
        raise BadUserInput("exactly one logout_token is needed", code="LOGOUT_TOKEN_INVALID")
    return tokens[0]


def _order(signed: SignedToken, rules: LogoutRules) -> LogoutOrder:
    _require_kind(signed, rules.token_types)
    _require(signed.text("iss") == rules.issuer, "the logout token is of another issuer")
    _require(rules.client_id in signed.audience, "the logout token is for another client")
    issued_at = _require_times(signed)
    jti, sid, sub = signed.text("jti"), signed.text("sid"), signed.text("sub")
    if jti is None or len(jti) > _MAX_JTI_LENGTH:
        raise Unauthenticated("the logout token has no jti")
    _require(all(_is_text_or_absent(signed, name) for name in ("sid", "sub")), "sid and sub are texts")
    _require(sid is not None or sub is not None, "the logout token names neither a session nor a subject")
    return LogoutOrder(rules.issuer, jti, issued_at, provider_session_id=sid, subject=sub)


def _require_kind(signed: SignedToken, token_types: frozenset[str]) -> None:
    kind = signed.header.get("typ")
    plain = kind.lower().removeprefix("application/") if isinstance(kind, str) else ""
    _require(plain in token_types, "this is not a logout token")
    _require("nonce" not in signed.claims, "a logout token has no nonce")
    events = signed.claims.get("events")
    _require(isinstance(events, dict) and isinstance(events.get(EVENT), dict), "the logout event is missing")  # pyright: ignore[reportUnknownMemberType]


def _require_times(signed: SignedToken) -> int:
    now = epoch_seconds()
    expires_at, issued_at = signed.instant("exp"), signed.instant("iat")
    if expires_at is None or not now - CLOCK_SKEW_SECONDS < expires_at <= now + _MAX_AHEAD_SECONDS:
        raise Unauthenticated("the logout token's exp is missing or out of range")
    if issued_at is None or not now - _MAX_AGE_SECONDS <= issued_at <= now + CLOCK_SKEW_SECONDS:
        raise Unauthenticated("the logout token's iat is missing or out of range")
    return issued_at


def _is_text_or_absent(signed: SignedToken, name: str) -> bool:
    return name not in signed.claims or signed.text(name) is not None


def _require(holds: bool, refusal: str) -> None:  # noqa: FBT001 - an assertion with a message
    if not holds:
        raise Unauthenticated(refusal)


def token_types(names: Sequence[str]) -> frozenset[str]:
    """Configured `typ` values in the form they are compared in."""
    return frozenset(name.strip().lower() for name in names if name.strip())
