"""Who runs: a lock file that the kernel frees when its holder dies, with the holder's process id in it."""

import fcntl
import os
from pathlib import Path
from typing import Self


class LockHeld(Exception):
    """Another live process holds the lock."""

    def __init__(self, holder: int | None) -> None:
        super().__init__(f"held by process {holder}")
        self.holder = holder


class ProcessLock:
    """An advisory lock on a file. The file stays when the lock is released: removing it would race with a newcomer."""

    def __init__(self, path: Path, descriptor: int, stale_holder: int | None) -> None:
        self.path = path
        self.stale_holder = stale_holder
        """Process id of a holder that died without releasing the lock, if there was one."""
        self._descriptor = descriptor

    @classmethod
    def acquire(cls, path: Path) -> Self:
        """Take the lock and write our process id into it.

        Raises:
            LockHeld: a live process has it.
        """
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            written = _written_in(descriptor)
            os.close(descriptor)
            raise LockHeld(written) from None
        stale = _written_in(descriptor)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        return cls(path, descriptor, stale)

    def release(self) -> None:
        """Give the lock back; doing it twice is harmless."""
        if self._descriptor < 0:
            return
        os.ftruncate(self._descriptor, 0)
        os.close(self._descriptor)
        self._descriptor = -1


def lock_holder(path: Path) -> int | None:
    """Process id of the live holder, None if nobody holds the lock."""
    if not path.is_file():
        return None
    descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _written_in(descriptor)
    else:
        return None
    finally:
        os.close(descriptor)


def _written_in(descriptor: int) -> int | None:
    content = os.pread(descriptor, 32, 0).strip()
    return int(content) if content.isdigit() else None
