"""Where PostgreSQL's data lie, and how they come into being and survive a crash."""

import locale
import os
import secrets
import shutil
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from cli.embedded.account import can_reach, hand_over
from cli.embedded.errors import ServerDidNotStart, ServerInUse
from cli.embedded.programs import PostgresPrograms
from cli.errors import CommandError
from cli.private_file import write_private
from cli.processes.child import Account
from cli.processes.inspection import is_alive, wait_for_end, working_folder

SUPERUSER: Final = "postgres"
# root alone gets here: a place of the system, since temporary folders are swept by age
_RELOCATED: Final = Path("/var/lib/retailflow")
_UNFINISHED: Final = "cluster.unfinished"
_LEFTOVER_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True)
class Cluster:
    """The data folder (`folder`) inside the folder the caller chose (`home`), and who may read it.

    `folder` is elsewhere when the server must run as an account that cannot reach `home`.
    """

    home: Path
    folder: Path
    account: Account | None

    @property
    def is_relocated(self) -> bool:
        """Whether the data lie outside `home`."""
        return self.folder.parent != self.home

    @property
    def is_initialised(self) -> bool:
        """Whether a database is there."""
        return (self.folder / "PG_VERSION").is_file()

    @property
    def log(self) -> Path:
        """The server's log."""
        return self.home / "server.log"

    def major(self) -> int | None:
        """The PostgreSQL version that made the data; None before there are any."""
        return int((self.folder / "PG_VERSION").read_text()) if self.is_initialised else None


def locate(home: Path, account: Account | None) -> Cluster:
    """The data folder of `home`; the place chosen at the first start is kept by a symbolic link."""
    chosen = home / "cluster"
    if chosen.is_symlink():
        return Cluster(home, chosen.readlink(), account)
    if account is None or chosen.exists() or can_reach(account, chosen):
        return Cluster(home, chosen, account)
    elsewhere = _RELOCATED / secrets.token_hex(8)
    elsewhere.mkdir(parents=True, mode=0o711)
    (elsewhere / "origin").write_text(f"{home}\n")
    chosen.symlink_to(elsewhere / "cluster")
    return Cluster(home, elsewhere / "cluster", account)


def reachable(programs: PostgresPrograms, cluster: Cluster) -> PostgresPrograms:
    """The same programs where the server's account can run them: a copy beside relocated data if need be."""
    if cluster.account is None or can_reach(cluster.account, programs.bin / "postgres"):
        return programs
    installation = programs.bin.parent
    copy = cluster.folder.parent / f"postgresql-{programs.major}"
    if not copy.is_dir():
        unfinished = copy.with_suffix(".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        shutil.copytree(installation, unfinished, symlinks=True)
        unfinished.rename(copy)
    return replace(programs, bin=copy / "bin")


def superuser_password(cluster: Cluster) -> str:
    """The random password of this folder's superuser, made before the data are.

    Raises:
        CommandError: the data are there and the password is not.
    """
    path = cluster.home / "superuser.password"
    if path.is_file() and (kept := path.read_text().strip()):
        return kept
    if cluster.is_initialised:
        raise CommandError(
            f"{path} is missing, so nobody can log in: restore it, or remove {cluster.home} to start anew"
        )
    password = secrets.token_urlsafe(32)
    write_private(path, password)
    return password


def initialise(cluster: Cluster, programs: PostgresPrograms, password: str, *, is_durable: bool) -> None:
    """Make the database unless it is there. A half-made one from an interrupted start is thrown away.

    Raises:
        ServerDidNotStart: initdb failed.
    """
    if cluster.is_initialised:
        return
    unfinished = cluster.folder.with_name(_UNFINISHED)
    for leftover in (unfinished, cluster.folder):
        if leftover.exists():
            shutil.rmtree(leftover)
    unfinished.mkdir()
    hand_over(unfinished, cluster.account, 0o700)
    password_file = cluster.folder.with_name("password.unfinished")
    write_private(password_file, password)
    hand_over(password_file, cluster.account, 0o600)
    try:
        _run_initdb(cluster, programs, unfinished, password_file, is_durable=is_durable)
    finally:
        password_file.unlink()
    unfinished.rename(cluster.folder)


def clear_leftovers(cluster: Cluster) -> None:
    """Stop a server that outlived its parent on this folder, and remove a process id that is another program's.

    PostgreSQL itself clears the file when no process has the id.

    Raises:
        ServerInUse: that server does not end.
    """
    pid_file = cluster.folder / "postmaster.pid"
    if not pid_file.is_file():
        return
    first_line = pid_file.read_text().partition("\n")[0].strip()
    pid = int(first_line) if first_line.isdigit() else 0
    if pid and is_alive(pid) and working_folder(pid) == cluster.folder.resolve():
        os.kill(pid, signal.SIGINT)
        if not wait_for_end(pid, _LEFTOVER_SECONDS):
            raise ServerInUse("PostgreSQL", str(pid))
    pid_file.unlink(missing_ok=True)


def server_environment(programs: PostgresPrograms) -> Mapping[str, str]:
    """A small environment of its own: no PG* variable of the person reaches the server."""
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC", "HOME": "/", **programs.environment}


def _run_initdb(
    cluster: Cluster, programs: PostgresPrograms, folder: Path, password_file: Path, *, is_durable: bool
) -> None:
    # byte order collation is the same on every machine; the character type must know more than ASCII
    command = [
        *(str(programs.bin / "initdb"), "--pgdata", str(folder), "--username", SUPERUSER, "--encoding", "UTF8"),
        *("--locale=C", f"--lc-ctype={_character_type()}", "--auth=scram-sha-256", f"--pwfile={password_file}"),
        *(("--data-checksums",) if is_durable else ("--no-sync",)),
    ]
    account = cluster.account
    with cluster.log.open("ab") as log:
        outcome = subprocess.run(  # noqa: S603 - the command is ours
            command,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd="/",
            env=dict(server_environment(programs)),
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )
    if outcome.returncode != 0:
        raise ServerDidNotStart("PostgreSQL", "could not make its data folder", cluster.log)


def _character_type() -> str:
    before = locale.setlocale(locale.LC_CTYPE)
    try:
        locale.setlocale(locale.LC_CTYPE, "C.UTF-8")
    except locale.Error:
        return "C"
    finally:
        locale.setlocale(locale.LC_CTYPE, before)
    return "C.UTF-8"
