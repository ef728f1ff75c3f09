"""The state folder `.retailflow/`: what the product keeps between runs on this machine."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Self, cast

from cli.errors import CommandError
from cli.ports import Ports
from cli.private_file import write_private

ROOT: Final = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class RunningProduct:
    """What a running `retailflow up` tells other commands.

    Attributes:
        environment: the `RETAILFLOW_*` variables of its processes, secrets included.
        processes: process ids by name.
    """

    pid: int
    ports: Ports
    environment: dict[str, str]
    processes: dict[str, int]


@dataclass(frozen=True, slots=True)
class StateFolder:
    """Paths in the state folder."""

    path: Path

    @classmethod
    def open(cls) -> Self:
        """The folder named by RETAILFLOW_STATE_FOLDER, else `.retailflow` in the checkout; made if missing.

        Raises:
            CommandError: it cannot be made.
        """
        path = Path(os.environ.get("RETAILFLOW_STATE_FOLDER") or ROOT / ".retailflow").resolve()
        try:
            path.mkdir(parents=True, exist_ok=True)
            # under root the database runs as another account, which must pass through; files have their own modes
            path.chmod(0o711 if os.geteuid() == 0 else 0o700)
            for name in ("logs", "mail"):
                (path / name).mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise CommandError(f"cannot use the state folder {path}: {error.strerror}") from error
        return cls(path)

    @property
    def logs(self) -> Path:
        """One file per process."""
        return self.path / "logs"

    @property
    def mail(self) -> Path:
        """One `.eml` file per mail sent."""
        return self.path / "mail"

    @property
    def lock(self) -> Path:
        """Held while the product runs."""
        return self.path / "up.lock"

    @property
    def supergraph(self) -> Path:
        """The composed graph with the addresses of this machine."""
        return self.path / "supergraph.graphql"

    def log_of(self, process: str) -> Path:
        """The log of one process."""
        return self.logs / f"{process}.log"

    def write_running(self, running: RunningProduct) -> None:
        """Tell other commands what runs, readable by us only: it contains passwords."""
        write_private(self._running, json.dumps(asdict(running), indent=2))

    def read_running(self) -> RunningProduct | None:
        """What the last `up` told; it may have ended since (see `lock`)."""
        if not self._running.is_file():
            return None
        fields = cast("dict[str, object]", json.loads(self._running.read_text()))
        return RunningProduct(
            pid=cast("int", fields["pid"]),
            ports=Ports(**cast("dict[str, int]", fields["ports"])),
            environment=cast("dict[str, str]", fields["environment"]),
            processes=cast("dict[str, int]", fields["processes"]),
        )

    def forget_running(self) -> None:
        """Nothing runs any more."""
        self._running.unlink(missing_ok=True)

    def has_done(self, step: str, fingerprint: str) -> bool:
        """Whether this step of a start was done, with these sources, to the embedded database as it is."""
        stamp = self._stamp(step)
        return stamp.is_file() and stamp.read_text() == fingerprint

    def note_done(self, step: str, fingerprint: str) -> None:
        """Note a finished step; the note lies with the database and goes with it."""
        self._stamp(step).write_text(fingerprint)

    def remembered_ports(self) -> dict[str, int]:
        """Ports of the embedded servers that were picked earlier."""
        return cast("dict[str, int]", json.loads(self._ports.read_text())) if self._ports.is_file() else {}

    def remember_ports(self, ports: dict[str, int]) -> None:
        """Keep the picked ports, so that a database client's settings stay valid."""
        write_private(self._ports, json.dumps(ports))

    def _stamp(self, step: str) -> Path:
        return self.path / "postgres" / f"{step}.done"

    @property
    def _running(self) -> Path:
        return self.path / "running.json"

    @property
    def _ports(self) -> Path:
        return self.path / "ports.json"
