"""What an import has finished, one JSON line per job, so that a resumed import skips it.

The journal saves requests and decides nothing: without it the import reads back what the graph has, and idempotency
keys and references keep everything single.
"""

import fcntl
import json
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Final, Self, TextIO, cast
from uuid import UUID

from cli.errors import CommandError

_VERSION: Final = 1


class JobStatus(StrEnum):
    """How a job ended. Only FAILED may be tried again."""

    DONE = "DONE"
    CANCELLED = "CANCELLED"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class JobResult:
    """The end of one job; `order_id` is the graph's id of an order job's order."""

    key: str
    status: JobStatus
    reason: str | None = None
    order_id: str | None = None


class Journal:
    """The journal of one file and one tenant, held by one import at a time. Use it as a context manager."""

    def __init__(self, path: Path, stream: TextIO, finished: dict[str, JobResult]) -> None:
        self.path = path
        self._stream = stream
        self._finished = finished

    @classmethod
    def open(cls, folder: Path, digest: str, tenant_id: UUID) -> Self:
        """Open or begin the journal.

        Raises:
            CommandError: another import of the same file for the same tenant is running.
        """
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{digest[:32]}-{tenant_id.hex}.jsonl"
        stream = path.open("a+", encoding="utf-8")
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            stream.close()
            raise CommandError("this file is being imported by another process: wait for it, or stop it") from None
        journal = cls(path, stream, _read(stream))
        journal._begin(digest, tenant_id)
        return journal

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.close()

    @property
    def finished(self) -> dict[str, JobResult]:
        """What needs no more work, by job key, in the order in which it ended."""
        return self._finished

    def record(self, result: JobResult) -> None:
        """Remember a result. One write per line: a kill leaves at most a torn last line, which is ignored."""
        if result.status is JobStatus.FAILED:
            return
        self._finished[result.key] = result
        fields = {"job": result.key, "status": result.status, "reason": result.reason, "order": result.order_id}
        self._write({name: value for name, value in fields.items() if value is not None})

    def forget(self) -> None:
        """Begin anew: the graph does not know what the journal says (another database)."""
        self._stream.truncate(0)
        self._finished.clear()

    def _begin(self, digest: str, tenant_id: UUID) -> None:
        # a torn last line must not swallow the next one
        self._stream.write("\n" if self._stream.tell() else "")
        self._write({"journal": _VERSION, "file": digest, "tenant": str(tenant_id)})

    def _write(self, fields: dict[str, object]) -> None:
        self._stream.write(json.dumps(fields) + "\n")
        self._stream.flush()


def _read(stream: TextIO) -> dict[str, JobResult]:
    stream.seek(0)
    return {result.key: result for result in _results(stream)}


def _results(lines: TextIO) -> Iterator[JobResult]:
    for line in lines:
        try:
            fields: object = json.loads(line)
        except json.JSONDecodeError:
            continue
        if isinstance(fields, dict) and "job" in fields:
            yield _result(cast("dict[str, str]", fields))


def _result(fields: dict[str, str]) -> JobResult:
    return JobResult(fields["job"], JobStatus(fields["status"]), fields.get("reason"), fields.get("order"))
