"""A TCP proxy that sends each connection to the server with the fewest open ones, as balancers in front of BFFs do."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from tests.factories.bff import free_socket, origin_of

_CHUNK = 65_536


@dataclass
class LeastConnections:
    """What the proxy has done, and what a test makes it do.

    Attributes:
        served: connections so far, by port of the server.
        is_down: it accepts nobody and drops what is open.
        held_back: while set, answers wait for it; `answer_waits` says that one does.
    """

    origin: str
    ports: Sequence[int]
    served: Counter[int] = field(default_factory=Counter)
    is_down: bool = False
    held_back: asyncio.Event | None = None
    answer_waits: asyncio.Event = field(default_factory=asyncio.Event)
    _open: Counter[int] = field(default_factory=Counter)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, to its end."""
        # of equals the one that has served least, or all short requests would go to the first
        for port in sorted(self.ports, key=lambda one: (self._open[one], self.served[one])):
            if not self.is_down and await self._served_by(port, (reader, writer)):
                return
        writer.close()

    async def _served_by(self, port: int, client: tuple[asyncio.StreamReader, asyncio.StreamWriter]) -> bool:
        # counted before it is open: those who come in the meantime go elsewhere
        self._open[port] += 1
        try:
            server = await asyncio.open_connection("127.0.0.1", port)
            self.served[port] += 1
            await self._joined(client, server)
        except OSError:
            return False
        finally:
            self._open[port] -= 1
        return True

    async def _joined(
        self,
        client: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        server: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    ) -> None:
        try:
            asking = asyncio.create_task(self._copied(client[0], server[1], is_answer=False))
            answering = asyncio.create_task(self._copied(server[0], client[1], is_answer=True))
            _, rest = await asyncio.wait({asking, answering}, return_when=asyncio.FIRST_COMPLETED)
            for task in rest:
                task.cancel()
            await asyncio.wait({asking, answering})
        finally:
            client[1].close()
            server[1].close()

    async def _copied(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_answer: bool) -> None:
        with suppress(ConnectionError):
            while (chunk := await reader.read(_CHUNK)) and not self.is_down:
                if is_answer and self.held_back is not None:
                    self.answer_waits.set()
                    await self.held_back.wait()
                writer.write(chunk)
                await writer.drain()


@asynccontextmanager
async def least_connections(ports: Sequence[int]) -> AsyncIterator[LeastConnections]:
    """A proxy in front of the servers on `ports` of loopback."""
    listening = free_socket()
    proxy = LeastConnections(origin_of(listening), ports)
    server = await asyncio.start_server(proxy.serve, sock=listening)
    try:
        yield proxy
    finally:
        server.close()
