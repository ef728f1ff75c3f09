"""`retailflow down`: stop the running product."""

import os
import signal
from typing import Final

from cli.errors import CommandError
from cli.processes.inspection import wait_for_end
from cli.processes.lock import lock_holder
from cli.state import StateFolder

_DEADLINE_SECONDS: Final = 180.0


def down() -> None:
    """Stop the product that runs in this folder, wherever it was started."""
    holder = lock_holder(StateFolder.open().lock)
    if holder is None:
        print("nothing is running")
        return
    os.kill(holder, signal.SIGTERM)
    if not wait_for_end(holder, _DEADLINE_SECONDS):
        raise CommandError(f"process {holder} does not end: look at `./retailflow logs`, or kill it")
    print(f"stopped (process {holder})")
