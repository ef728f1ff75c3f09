"""Servers for the whole session, and which tests this machine cannot run."""

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import settings

from cli.embedded.postgres import PostgresServer, start_postgres
from cli.embedded.redis import RedisServer, start_redis
from cli.optional_tools import missing_tools
from kernel.telemetry import route_events
from tests.factories.databases import ProvisionedDatabase, provision_database

ROOT = Path(__file__).parents[1]
# an example that takes longer on a busy machine is no failure
settings.register_profile("untimed", settings.get_profile(settings.get_current_profile_name()), deadline=None)
settings.load_profile("untimed")

_LEFT_OUT = pytest.StashKey[dict[str, int]]()
_MISSING = pytest.StashKey[Mapping[str, str]]()


@pytest.fixture(scope="session")
def servers_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="retailflow-tests-"))
    # PostgreSQL runs as another account when root runs the tests
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def postgres_server(servers_folder: Path) -> Iterator[PostgresServer]:
    server = start_postgres(servers_folder / "postgres", durable=False)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def redis_server(servers_folder: Path) -> Iterator[RedisServer]:
    server = start_redis(servers_folder / "redis", durable=False)
    yield server
    server.stop()


@pytest.fixture(scope="session")
async def provisioned_database(postgres_server: PostgresServer) -> ProvisionedDatabase:
    """One migrated database of all contexts; tenants keep the tests apart."""
    contexts = sorted(folder.parent.name for folder in ROOT.glob("subgraphs/*/migrations"))
    return await provision_database(postgres_server.superuser_dsn, [*contexts, "workers"])


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    missing = missing_tools()
    left_out = [item for item in items if _needs(item) & missing.keys()]
    config.stash[_MISSING] = missing
    config.stash[_LEFT_OUT] = {marker: sum(marker in _needs(item) for item in left_out) for marker in missing}
    if left_out and os.environ.get("CI") != "true":
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in set(left_out)]


def pytest_runtest_setup(item: pytest.Item) -> None:
    # whatever an earlier test has started; structlog's own default draws every stack in colours, which costs minutes
    route_events()
    for marker in sorted(_needs(item) & item.config.stash[_MISSING].keys()):
        pytest.fail(f"CI must run every test, and this one needs {marker}: {item.config.stash[_MISSING][marker]}")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    counts = {marker: count for marker, count in config.stash.get(_LEFT_OUT, {}).items() if count}
    if counts and os.environ.get("CI") != "true":
        terminalreporter.section("left out on this machine")
        for marker, count in counts.items():
            noun = "test" if count == 1 else "tests"
            terminalreporter.write_line(f"{count} {noun} marked {marker}: {config.stash[_MISSING][marker]}")


def _needs(item: pytest.Item) -> set[str]:
    return {marker.name for marker in item.iter_markers()}
