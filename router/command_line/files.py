"""Reading and replacing the files the commands are given."""

import os
from pathlib import Path

from router.command_line.failure import CommandFailed


def read_text(path: Path) -> str:
    """The text of a file.

    Raises:
        CommandFailed: there is none, or it is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise CommandFailed(f"{path} is not UTF-8: {error.reason} at byte {error.start}") from error
    except OSError as error:
        raise CommandFailed(f"{path} cannot be read: {error.strerror}") from error


def replace_text(path: Path, text: str) -> bool:
    """Write a file so that readers see the old text or the new one, never a part; False if it is there already.

    Raises:
        CommandFailed: it cannot be written.
    """
    target = path.resolve()
    try:
        if target.exists() and not target.is_file():
            # a pipe or a terminal cannot be replaced
            target.write_text(text, encoding="utf-8")
            return True
        if target.exists() and target.read_bytes() == text.encode():
            return False
        beside = target.with_name(f".{target.name}.{os.getpid()}")
        beside.write_text(text, encoding="utf-8")
        beside.replace(target)
    except OSError as error:
        raise CommandFailed(f"{path} cannot be written: {error.strerror}") from error
    return True
