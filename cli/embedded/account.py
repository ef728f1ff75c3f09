"""PostgreSQL refuses to run as root: which account it runs as then, and what that account can reach."""

import os
import pwd
import stat
from pathlib import Path
from typing import Final

from cli.embedded.errors import NoServerProgram
from cli.processes.child import Account

_CANDIDATES: Final = ("postgres", "nobody")


def unprivileged_account() -> Account | None:
    """The account for PostgreSQL when we are root, None when we are not.

    Raises:
        NoServerProgram: we are root and the machine has no unprivileged account.
    """
    if os.geteuid() != 0:
        return None
    for name in _CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
    raise NoServerProgram(
        "PostgreSQL refuses to run as root and the machine has no account postgres or nobody: run it as another user"
    )


def can_reach(account: Account, path: Path) -> bool:
    """Whether the account may pass through every folder above `path` (by mode bits; ACLs are not read)."""
    return all(_may_pass(account, folder) for folder in path.resolve().parents)


def hand_over(path: Path, account: Account | None, mode: int) -> None:
    """Make `path` the account's, with this mode."""
    path.chmod(mode)
    if account is not None:
        os.chown(path, account.uid, account.gid)


def _may_pass(account: Account, folder: Path) -> bool:
    entry = folder.stat()
    if entry.st_uid == account.uid:
        return bool(entry.st_mode & stat.S_IXUSR)
    if entry.st_gid == account.gid:
        return bool(entry.st_mode & stat.S_IXGRP)
    return bool(entry.st_mode & stat.S_IXOTH)
