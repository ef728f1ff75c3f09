"""A served supergraph follows its file: a new one takes over between two requests, a broken one changes nothing."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path

from kernel.telemetry import counter, get_logger
from router.configuration import InvalidConfiguration
from router.gateway import Router
from router.http import GraphQLEndpoint
from router.planning.invalid_supergraph import InvalidSupergraph, SupergraphFault
from router.warming import UsedOperation, warm

log = get_logger(__name__)
_RELOADS = counter("router_supergraph_reloads_total", "Changes of the supergraph file", ("outcome",))


def read_supergraph_file(path: Path) -> str:
    """The text of a supergraph file.

    Raises:
        InvalidSupergraph: it cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        message = f"{path} is not UTF-8: {error.reason} at byte {error.start}"
        raise InvalidSupergraph(message, SupergraphFault.UNREADABLE) from error
    except OSError as error:
        raise InvalidSupergraph(f"{path} cannot be read: {error.strerror}", SupergraphFault.UNREADABLE) from error


class Reloader:
    """Looks at a file every few seconds; `build` makes a router of its text and of the router that serves now.

    In `warm_seconds` of CPU time the new one makes the plans that the present one is asked for most.
    """

    def __init__(
        self,
        endpoint: GraphQLEndpoint,
        path: Path,
        build: Callable[[str, Router], Router],
        *,
        retire_seconds: float,
        warm_seconds: float,
    ) -> None:
        self.endpoint = endpoint
        self._path = path
        self._build = build
        self._retire_seconds = retire_seconds
        self._warm_seconds = warm_seconds
        self._seen = _signature(path)
        self._retiring: set[asyncio.Task[None]] = set()

    async def watch(self, seconds: float) -> None:
        """Follow the file until cancelled, whatever becomes of one look at it."""
        while True:
            await asyncio.sleep(seconds)
            try:
                await self.look()
            except Exception:
                _RELOADS.labels("failed").inc()
                log.exception("supergraph_reload_failed")

    async def look(self) -> None:
        """Take over what the file has become. Requests that are under way end with the router they began with."""
        signature = await asyncio.to_thread(_signature, self._path)
        if signature == self._seen:
            return
        self._seen = signature
        present = self.endpoint.router
        try:
            following = await asyncio.to_thread(self._built, present, present.most_used())
        except (InvalidSupergraph, InvalidConfiguration) as error:
            _RELOADS.labels("refused").inc()
            log.error("supergraph_refused", code=error.code, reason=str(error))  # noqa: TRY400 - no bug of ours
            return
        self.endpoint.router = following
        present.retire()
        _RELOADS.labels("taken").inc()
        log.info("supergraph_reloaded", subgraphs=sorted(following.supergraph.subgraphs))
        if following.transport is not present.transport:
            task = asyncio.create_task(self._retire(present))
            self._retiring.add(task)
            task.add_done_callback(self._retiring.discard)

    async def close(self) -> None:
        """Close every router at once."""
        for task in self._retiring:
            task.cancel()
        await asyncio.gather(*self._retiring, return_exceptions=True)
        await self.endpoint.router.close()

    def _built(self, present: Router, used: Sequence[UsedOperation]) -> Router:
        following = self._build(read_supergraph_file(self._path), present)
        warm(following, used, self._warm_seconds)
        return following

    async def _retire(self, router: Router) -> None:
        """Close a router once its last requests have met their deadline."""
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(self._retire_seconds)
        await router.close()


def _signature(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
