"""Which tenant a cookie's session belongs to, remembered for a minute: limits are looked up before a request is."""

import time
from collections import OrderedDict
from typing import Final

from bff.session.store import SessionStore

_REMEMBERED_SECONDS: Final = 60.0
_MOST_REMEMBERED: Final = 20_000


class LivingSessions:
    """Asks the store once per session and minute. It says whom a request is counted for, never who may do something."""

    def __init__(self, store: SessionStore) -> None:
        self._store = store
        self._known: OrderedDict[str, tuple[float, str | None]] = OrderedDict()

    async def tenant_of(self, session_id: str) -> tuple[bool, str | None]:
        """Whether the session lives, or did a minute ago; and its tenant.

        Raises:
            Unavailable: Redis does not answer.
        """
        name = self._store.handle_of(session_id)
        now = time.monotonic()
        until, tenant_id = self._known.get(name, (0.0, None))
        if until > now:
            return True, tenant_id
        session = await self._store.peek(session_id)
        if session is None:
            return False, None
        self._known[name] = (now + _REMEMBERED_SECONDS, session.tenant_id)
        self._known.move_to_end(name)
        if len(self._known) > _MOST_REMEMBERED:
            self._known.popitem(last=False)
        return True, session.tenant_id
