"""The addresses of hosts: one look-up per host at a time, remembered for a while."""

import asyncio
import contextlib
import socket
import threading
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeAlias

REMEMBERED_SECONDS: Final = 10.0

Address: TypeAlias = tuple[int, int, int, str, tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]]
LookUp: TypeAlias = Callable[[str, int], Awaitable[Sequence[Address]]]

_Host: TypeAlias = tuple[str, int]


class Addresses:
    """For one event loop at a time; a host that is slow to look up holds up nobody but who asks for it."""

    def __init__(self, look_up: LookUp | None = None) -> None:
        self._look_up = look_up or _looked_up
        self._loop: asyncio.AbstractEventLoop | None = None
        self._running: dict[_Host, asyncio.Task[Sequence[Address] | OSError]] = {}
        self._known: dict[_Host, tuple[float, deque[Address]]] = {}

    async def of(self, host: str, port: int) -> Sequence[Address]:
        """All addresses in the order of preference; each time another one is the first, as load is to be shared.

        Raises:
            OSError: there are none.
        """
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._loop = loop
            self._running.clear()
        key = (host, port)
        until, addresses = self._known.get(key, (0.0, None))
        if addresses is None or until <= loop.time():
            addresses = await self._found(key, loop)
        found = tuple(addresses)
        addresses.rotate(-1)
        return found

    def forget(self, host: str, port: int) -> None:
        """Nobody is there any more: who asks next has it looked up again."""
        self._known.pop((host, port), None)

    async def _found(self, key: _Host, loop: asyncio.AbstractEventLoop) -> deque[Address]:
        running = self._running.get(key)
        if running is None:
            running = self._running[key] = loop.create_task(self._remembering(key, loop))
        # who gives up leaves the look-up to the others
        await asyncio.wait([running])
        outcome = running.result()
        if isinstance(outcome, OSError):
            # each its own: a traceback has the frames of a request
            raise type(outcome)(*outcome.args)
        known = self._known.get(key)
        return known[1] if known is not None else deque(outcome)

    async def _remembering(self, key: _Host, loop: asyncio.AbstractEventLoop) -> Sequence[Address] | OSError:
        try:
            addresses = await self._look_up(*key)
        except OSError as error:
            return error
        else:
            self._known[key] = (loop.time() + REMEMBERED_SECONDS, deque(addresses))
            return addresses
        finally:
            if self._loop is loop:
                self._running.pop(key, None)


async def _looked_up(host: str, port: int) -> Sequence[Address]:
    try:
        # an address is no name: no thread is asked
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except socket.gaierror:
        return await _in_a_thread(host, port)


async def _in_a_thread(host: str, port: int) -> Sequence[Address]:
    """A thread of its own: there are no more than hosts, no pool is used up, and no process waits for it to end."""
    loop = asyncio.get_running_loop()
    found: asyncio.Future[Sequence[Address]] = loop.create_future()

    def tell(outcome: Sequence[Address] | OSError) -> None:
        if found.done():
            return
        if isinstance(outcome, OSError):
            found.set_exception(outcome)
        else:
            found.set_result(outcome)

    def ask() -> None:
        outcome: Sequence[Address] | OSError
        try:
            outcome = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            outcome = error
        except UnicodeError as error:
            outcome = socket.gaierror(socket.EAI_NONAME, str(error))
        # the loop may have ended meanwhile
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(tell, outcome)

    try:
        threading.Thread(target=ask, name=f"look-up of {host}", daemon=True).start()
    except RuntimeError as error:
        raise OSError(str(error)) from error
    return await found
