"""Sessions at a till: each person's own, with that person's own tokens; a PIN only chooses which one is at work."""

import asyncio
from dataclasses import replace
from typing import Final

from bff.pos.devices import Device
from bff.pos.tills import SignedInHere, Tills
from bff.session.model import Session
from bff.session.oidc import OidcClient
from bff.session.refresh import FreshSessions
from bff.session.store import SessionEndedMeanwhile, SessionStore
from kernel.errors import DomainError, Forbidden, Unauthenticated, Unavailable
from kernel.permissions import roles_act_at
from kernel.telemetry import get_logger

log = get_logger(__name__)

_WORKS_AT_TILLS: Final = "till:write"
_ROTATION_SECONDS: Final = 10


class TillLocked(DomainError):
    """A PIN is needed."""

    code = "TILL_LOCKED"


class TillSessions:
    """Opens, switches and ends the sessions of a till."""

    def __init__(self, tills: Tills, store: SessionStore, sessions: FreshSessions, provider: OidcClient) -> None:
        self._tills = tills
        self._store = store
        self._sessions = sessions
        self._provider = provider
        self._waking: set[asyncio.Task[None]] = set()

    async def at_work(self, device: Device, session_id: str | None) -> Session:
        """The session that is open at this till, with a fresh access token.

        Raises:
            Unauthenticated: the cookie's session has ended, or is of another till.
            TillLocked: somebody else is at work, or nobody is.
        """
        session = await self._sessions.find(session_id)
        if session_id is None or session.device_id != device.id:
            raise Unauthenticated("this session is not of this till")
        if not await self._tills.is_open(device.id, session_id):
            raise TillLocked("the till is locked: give your PIN")
        await self._wake_others(device)
        return session

    async def waiting_for_events(self, device: Device, session_id: str) -> Session:
        """The same for who only waits, which keeps neither session nor till in use. Raises as `at_work`."""
        session = await self._sessions.peek(session_id)
        if session.device_id != device.id:
            raise Unauthenticated("this session is not of this till")
        if not await self._tills.is_still_open(device.id, session_id):
            raise TillLocked("the till is locked: give your PIN")
        return session

    async def open(self, device: Device, session_id: str | None) -> str:
        """Take a person who has just signed in to work at this till; the session's new id.

        Raises:
            Unauthenticated: there is no session.
            Forbidden: it is of a till already, or of somebody who does not work in this store.
        """
        session = await self._sessions.find(session_id)
        if session_id is None:
            raise Unauthenticated("sign in first")
        if session.device_id is not None:
            raise Forbidden("this session is of a till already", code="TILL_ALREADY_OPEN")
        _require_works_here(session, device)
        return await self._put_to_work(device, session_id, replace(session, device_id=device.id))

    async def waiting(self, device: Device, subject: str) -> tuple[str, Session]:
        """The session of a person who signed in here before, and its id.

        Raises:
            Unauthenticated: not here, or the session has ended: sign in again.
        """
        person = await self._tills.person(device.id, subject)
        if person is not None:
            try:
                return person.session_id, await self._sessions.find(person.session_id)
            except Unauthenticated:
                await self._tills.forget(device.id, subject)
        raise Unauthenticated("sign in at this till first", code="SIGN_IN_REQUIRED")

    async def switch(self, device: Device, session_id: str, session: Session) -> str:
        """Put a person whose PIN was right to work; the session's new id."""
        return await self._put_to_work(device, session_id, session)

    async def end_all(self, device_id: str) -> None:
        """End every session of a till that is no longer one."""
        for person in await self._tills.people(device_id):
            session = await self._store.end(person.session_id)
            if session is not None:
                log.info("session_ended", reason="device_revoked", subject=session.subject)
                if session.refresh_token is not None:
                    await self._provider.revoke(session.refresh_token)
        await self._tills.forget_all(device_id)

    async def close(self) -> None:
        """Wait for nobody any more."""
        for task in self._waking:
            task.cancel()
        await asyncio.gather(*self._waking, return_exceptions=True)

    async def _put_to_work(self, device: Device, session_id: str, session: Session) -> str:
        # under the lock of refreshes: a refresh that began on the old id would end the new one's tokens
        claim = await self._store.try_lock(session_id, _ROTATION_SECONDS)
        if claim is None:
            raise Unavailable("this session is being renewed: try again")
        try:
            current = await self._store.find(session_id)
            if current is None:
                raise Unauthenticated("the session has ended")
            new_id = await self._store.start(replace(current, device_id=session.device_id))
        except SessionEndedMeanwhile:
            raise Unauthenticated("you were signed out meanwhile") from None
        finally:
            await self._store.unlock(session_id, claim)
        await self._store.end(session_id)
        await self._tills.open(device.id, SignedInHere(new_id, session.subject, session.name))
        log.info("till_opened", subject=session.subject, device=device.id)
        return new_id

    async def _wake_others(self, device: Device) -> None:
        if await self._tills.must_wake(device.id):
            task = asyncio.create_task(self._wake(device))
            self._waking.add(task)
            task.add_done_callback(self._waking.discard)

    async def _wake(self, device: Device) -> None:
        for person in await self._tills.people(device.id):
            try:
                await self._sessions.find(person.session_id)
            except Unauthenticated:
                await self._tills.forget(device.id, person.subject)
            except Unavailable:
                log.warning("waiting_session_not_renewed", subject=person.subject)


def _require_works_here(session: Session, device: Device) -> None:
    is_of_tenant = session.tenant_id == str(device.tenant_id)
    roles = frozenset(session.roles)
    if not is_of_tenant or not roles_act_at(roles, session.store_ids, _WORKS_AT_TILLS, device.store_id):
        raise Forbidden("you do not work at this till", code="NOT_YOUR_TILL")
