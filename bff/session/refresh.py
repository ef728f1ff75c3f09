"""Fresh access tokens: one token call per session however many requests, on however many replicas, need it."""

import asyncio
import time
from typing import Final

from bff.session.model import Session, epoch_seconds
from bff.session.oidc import OidcClient
from bff.session.sign_in import SignIn
from bff.session.store import SessionStore
from kernel.errors import Unauthenticated, Unavailable
from kernel.telemetry import counter, get_logger

log = get_logger(__name__)
_REFRESHES = counter("bff_token_refreshes_total", "Token refreshes of the BFF", ("outcome",))

# longer than the token request may take, so that a second replica never uses the same refresh token beside it
_LOCK_SECONDS: Final = 15
_WAIT_SECONDS: Final = 10.0
_POLL_SECONDS: Final = 0.05
_STILL_USABLE_SECONDS: Final = 2


class FreshSessions:
    """Finds sessions and renews their tokens shortly before they expire."""

    def __init__(self, store: SessionStore, sign_in: SignIn, provider: OidcClient, *, ahead_seconds: int) -> None:
        self._store = store
        self._sign_in = sign_in
        self._provider = provider
        self._ahead_seconds = ahead_seconds
        self._under_way: dict[str, asyncio.Task[Session]] = {}

    async def find(self, session_id: str | None) -> Session:
        """The session of a cookie's value, with an access token that is good for now.

        Raises:
            Unauthenticated: no living session, or the provider ended it.
            Unavailable: Redis or, for a token that must be renewed, the provider does not answer.
        """
        return await self._fresh(session_id, await self._store.find(session_id))

    async def peek(self, session_id: str) -> Session:
        """The same, but being asked is no activity of the person. Raises as `find`."""
        return await self._fresh(session_id, await self._store.peek(session_id))

    async def _fresh(self, session_id: str | None, session: Session | None) -> Session:
        if session is None or session_id is None:
            raise Unauthenticated("sign in first")
        if not self._is_due(session):
            return session
        return await self._renewed(session_id)

    def _is_due(self, session: Session) -> bool:
        return session.access_expires_at - self._ahead_seconds <= epoch_seconds()

    async def _renewed(self, session_id: str) -> Session:
        task = self._under_way.get(session_id)
        if task is None:
            task = asyncio.create_task(self._renew(session_id))
            self._under_way[session_id] = task
            task.add_done_callback(lambda _: self._under_way.pop(session_id, None))
        # a caller that goes away must not cancel the renewal: the refresh token may be used up already
        return await asyncio.shield(task)

    async def _renew(self, session_id: str) -> Session:
        deadline = time.monotonic() + _WAIT_SECONDS
        while time.monotonic() < deadline:
            claim = await self._store.try_lock(session_id, _LOCK_SECONDS)
            if claim is not None:
                try:
                    return await self._renew_alone(session_id)
                finally:
                    await self._store.unlock(session_id, claim)
            await asyncio.sleep(_POLL_SECONDS)
            session = await self._store.peek(session_id)
            if session is None:
                raise Unauthenticated("the session has ended")
            if not self._is_due(session):
                return session
        raise Unavailable("the session is being renewed elsewhere")

    async def _renew_alone(self, session_id: str) -> Session:
        session = await self._store.peek(session_id)
        if session is None:
            raise Unauthenticated("the session has ended")
        if not self._is_due(session):
            return session
        try:
            renewed = await self._sign_in.renewed(session)
        except Unauthenticated:
            await self._store.end(session_id)
            _REFRESHES.labels("refused").inc()
            log.info("session_ended", reason="refresh_refused", subject=session.subject)
            raise
        except Unavailable:
            _REFRESHES.labels("unavailable").inc()
            if session.access_expires_at > epoch_seconds() + _STILL_USABLE_SECONDS:
                return session
            raise
        return await self._stored(session_id, renewed)

    async def _stored(self, session_id: str, renewed: Session) -> Session:
        if await self._store.replace(session_id, renewed):
            _REFRESHES.labels("renewed").inc()
            return renewed
        # ended while the provider answered: the new token family must not outlive the session
        if renewed.refresh_token is not None:
            await self._provider.revoke(renewed.refresh_token)
        _REFRESHES.labels("ended_meanwhile").inc()
        raise Unauthenticated("the session has ended")
