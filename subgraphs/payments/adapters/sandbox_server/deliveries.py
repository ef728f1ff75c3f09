"""Sends webhook messages until the receiver has taken them."""

import asyncio
import contextlib
import time
from typing import Final

import aiohttp

from kernel.telemetry import get_logger
from subgraphs.payments.adapters.sandbox_server.books import Books
from subgraphs.payments.adapters.sandbox_signature import SIGNATURE_HEADER, sign

log = get_logger(__name__)
_BATCH: Final = 16
_TIMEOUT_SECONDS: Final = 5.0
_LONGEST_WAIT_SECONDS: Final = 60.0
_ATTEMPTS: Final = 20


class Deliveries:
    """One sender per process; `ring` after something was written."""

    def __init__(self, books: Books, url: str, secret: str) -> None:
        self._books = books
        self._url = url
        self._secret = secret
        self._bell = asyncio.Event()

    def ring(self) -> None:
        """There may be something to send."""
        self._bell.set()

    async def run(self) -> None:
        """Send until cancelled."""
        timeout = aiohttp.ClientTimeout(total=_TIMEOUT_SECONDS)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            while True:
                self._bell.clear()
                due = self._books.due_messages(now=time.time(), limit=_BATCH)
                await asyncio.gather(*(self._send(session, *message) for message in due))
                if not due:
                    await self._wait()

    async def _wait(self) -> None:
        next_at = self._books.next_message_at()
        seconds = _LONGEST_WAIT_SECONDS if next_at is None else min(next_at - time.time(), _LONGEST_WAIT_SECONDS)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._bell.wait(), max(seconds, 0.01))

    async def _send(self, session: aiohttp.ClientSession, message_id: str, body: str, attempts: int) -> None:
        content = body.encode()
        headers = {
            "content-type": "application/json",
            SIGNATURE_HEADER: sign(self._secret, content, at=int(time.time())),
        }
        try:
            async with session.post(self._url, data=content, headers=headers) as response:
                is_taken = response.ok
        except (aiohttp.ClientError, TimeoutError):
            is_taken = False
        if is_taken:
            self._books.mark_delivered(message_id, now=time.time())
            return
        log.warning("webhook_not_taken", message_id=message_id, attempts=attempts + 1)
        wait = min(2.0**attempts, _LONGEST_WAIT_SECONDS)
        self._books.postpone(message_id, next_at=time.time() + wait if attempts + 1 < _ATTEMPTS else None)
