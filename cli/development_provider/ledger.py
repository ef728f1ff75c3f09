"""What the provider remembers: sessions, authorization codes, refresh tokens. Kept in one small file."""

import hashlib
import secrets
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter

from cli.private_file import write_private

_FILE: Final = "development-sessions.json"
_CODE_SECONDS: Final = 60
_REMEMBERED_TOKENS: Final = 200
#: values of `acr`, as in the realm's `acr.loa.map`
PASSWORD: Final = "password"  # noqa: S105 - the name of a level
OTP: Final = "otp"


@dataclass(slots=True)
class ProviderSession:
    """One signed-in browser at the provider. Instants are seconds since the epoch."""

    sid: str
    account_id: str
    cookie_hash: str
    started_at: int
    seen_at: int
    otp_at: int = 0
    password_at: int = 0
    clients: list[str] = field(default_factory=list[str])

    @property
    def acr(self) -> str:
        """How the person signed in: a password, or a one-time code too."""
        return OTP if self.otp_at else PASSWORD

    @property
    def auth_time(self) -> int:
        """When the person last proved to be there."""
        return max(self.started_at, self.password_at, self.otp_at)


@dataclass(slots=True)
class RefreshFamily:
    """The chain of refresh tokens of one client in one session; only the newest is good."""

    sid: str
    client_id: str
    current_hash: str
    scope: str = "openid profile"
    used_hashes: list[str] = field(default_factory=list[str])


@dataclass(frozen=True, slots=True)
class AuthorizationCode:
    """What a code stands for."""

    client_id: str
    redirect_uri: str
    challenge: str
    nonce: str | None
    sid: str
    scope: str
    expires_at: float


@dataclass(slots=True)
class _Kept:
    sessions: dict[str, ProviderSession] = field(default_factory=dict[str, ProviderSession])
    families: dict[str, RefreshFamily] = field(default_factory=dict[str, RefreshFamily])


_JSON: TypeAdapter[_Kept] = TypeAdapter(_Kept)


class Reused(Exception):
    """A code or refresh token was used a second time; `sid` is the session that dies for it."""

    def __init__(self, sid: str) -> None:
        super().__init__(sid)
        self.sid = sid


class Ledger:
    """Sessions and refresh tokens survive a restart; codes live a minute, in memory."""

    def __init__(self, state_folder: Path, *, idle_seconds: int, max_seconds: int) -> None:
        self._path = state_folder / _FILE
        self._idle_seconds = idle_seconds
        self._max_seconds = max_seconds
        self._codes: dict[str, AuthorizationCode] = {}
        self._used_codes: dict[str, str] = {}
        self._kept = _read(self._path)

    def start_session(self, account_id: str) -> tuple[ProviderSession, str]:
        """A new session and the value of its cookie."""
        cookie = secrets.token_urlsafe(32)
        now = int(time.time())
        session = ProviderSession(secrets.token_hex(16), account_id, _hashed(cookie), now, now)
        self._kept.sessions[session.sid] = session
        self._save()
        return session, cookie

    def sign_in_again(self, session: ProviderSession) -> tuple[ProviderSession, str]:
        """The person of this session gave the password again: it lives on under a new cookie, at the first level."""
        cookie = secrets.token_urlsafe(32)
        session.cookie_hash, session.otp_at = _hashed(cookie), 0
        session.password_at = session.seen_at = int(time.time())
        self._save()
        return session, cookie

    def step_up(self, session: ProviderSession) -> None:
        """The person of this session gave a one-time code."""
        session.otp_at = int(time.time())
        self._save()

    def session(self, sid: str) -> ProviderSession | None:
        """The living session `sid`."""
        session = self._kept.sessions.get(sid)
        if session is None or self.seconds_left(session) <= 0:
            return None
        return session

    def session_of_cookie(self, cookie: str | None) -> ProviderSession | None:
        """The living session of a browser's cookie."""
        wanted = _hashed(cookie or "")
        found = next((one for one in self._kept.sessions.values() if one.cookie_hash == wanted), None)
        return self.session(found.sid) if found else None

    def sessions_of(self, account_id: str) -> list[ProviderSession]:
        """All living sessions of an account."""
        return [one for one in self._kept.sessions.values() if one.account_id == account_id and self.session(one.sid)]

    def seconds_left(self, session: ProviderSession) -> int:
        """How long the session lives on if nothing happens."""
        ends_at = min(session.seen_at + self._idle_seconds, session.started_at + self._max_seconds)
        return ends_at - int(time.time())

    def end_session(self, sid: str) -> ProviderSession | None:
        """End a session with all its refresh tokens; the session that was, for telling its clients."""
        session = self._kept.sessions.pop(sid, None)
        self._kept.families = {key: family for key, family in self._kept.families.items() if family.sid != sid}
        self._save()
        return session

    def issue_code(self, code: AuthorizationCode) -> str:
        """A code that stands for `code`."""
        text = secrets.token_urlsafe(32)
        now = time.time()
        self._codes = {key: one for key, one in self._codes.items() if one.expires_at > now}
        self._codes[_hashed(text)] = code
        return text

    def take_code(self, text: str) -> AuthorizationCode | None:
        """What a code stands for, once.

        Raises:
            Reused: it was taken before.
        """
        key = _hashed(text)
        if key in self._used_codes:
            raise Reused(self._used_codes[key])
        code = self._codes.pop(key, None)
        if code is None or code.expires_at < time.time():
            return None
        self._used_codes[key] = code.sid
        return code

    def issue_refresh(self, session: ProviderSession, client_id: str, scope: str) -> str:
        """The first refresh token of a client in a session; what is made from it has the same scope."""
        family, text = secrets.token_urlsafe(12), secrets.token_urlsafe(32)
        self._kept.families[family] = RefreshFamily(session.sid, client_id, _hashed(text), scope)
        if client_id not in session.clients:
            session.clients.append(client_id)
        self._save()
        return f"{family}.{text}"

    def rotate_refresh(self, token: str, client_id: str) -> tuple[ProviderSession, str, str] | None:
        """The session of a refresh token, its scope and the token's successor; None if it is not good.

        Raises:
            Reused: it was used before, so it may be stolen.
        """
        key, _, text = token.partition(".")
        family = self._kept.families.get(key)
        if family is None or family.client_id != client_id:
            return None
        hashed = _hashed(text)
        if hashed in family.used_hashes:
            raise Reused(family.sid)
        session = self.session(family.sid)
        if hashed != family.current_hash or session is None:
            return None
        successor = secrets.token_urlsafe(32)
        family.used_hashes = [*family.used_hashes[-_REMEMBERED_TOKENS:], hashed]
        family.current_hash = _hashed(successor)
        session.seen_at = int(time.time())
        self._save()
        return session, family.scope, f"{key}.{successor}"

    def revoke_refresh(self, token: str, client_id: str) -> str | None:
        """Forget a refresh token's family; the session it belonged to."""
        key = token.partition(".")[0]
        family = self._kept.families.get(key)
        if family is None or family.client_id != client_id:
            return None
        del self._kept.families[key]
        self._save()
        return family.sid

    def _save(self) -> None:
        living = {sid: one for sid, one in self._kept.sessions.items() if self.seconds_left(one) > 0}
        families = {key: one for key, one in self._kept.families.items() if one.sid in living}
        self._kept = _Kept(living, families)
        write_private(self._path, _JSON.dump_json(self._kept).decode())


def code_expiry() -> float:
    """When a code issued now stops being good."""
    return time.time() + _CODE_SECONDS


def _read(path: Path) -> _Kept:
    if not path.is_file():
        return _Kept()
    try:
        return _JSON.validate_json(path.read_bytes())
    except ValueError:
        return _Kept()


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
