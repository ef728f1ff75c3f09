import json
import stat
import subprocess
from pathlib import Path
from typing import cast

import pytest

from cli.development_provider.app import issuer_of
from cli.embedded.postgres import PostgresServer
from cli.embedded.redis import RedisServer
from cli.embedded.servers import EmbeddedServers
from cli.environment import (
    REALM,
    SCHEMAS,
    build_environment,
    child_environment,
    migration_environment,
    read_secrets,
)
from cli.ports import Ports
from cli.processes.lock import ProcessLock
from cli.state import RunningProduct, StateFolder


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StateFolder:
    monkeypatch.setenv("RETAILFLOW_STATE_FOLDER", str(tmp_path / "state"))
    return StateFolder.open()


@pytest.fixture
def servers(tmp_path: Path) -> EmbeddedServers:
    process, lock = cast("subprocess.Popen[bytes]", None), cast("ProcessLock", None)
    postgres = PostgresServer(
        "127.0.0.1", 5433, "postgres", "top/secret", 17, "wheel", tmp_path, tmp_path, process, lock
    )
    redis = RedisServer("127.0.0.1", 6380, "hush", "9.1.2", "wheel", tmp_path, process, lock)
    return EmbeddedServers(postgres, redis)


def test_every_schema_gets_the_addresses_of_its_two_roles(state: StateFolder, servers: EmbeddedServers):
    environment = build_environment(state, Ports(), servers, is_separate=False, person={})

    passwords = read_secrets(state).role_passwords
    for schema in SCHEMAS:
        app = f"postgresql://{schema}_app:{passwords[f'{schema}_app']}@127.0.0.1:5433/retailflow"
        worker = f"postgresql://{schema}_worker:{passwords[f'{schema}_worker']}@127.0.0.1:5433/retailflow"
        assert environment[f"RETAILFLOW_{schema.upper()}_DATABASE_URL"] == app
        assert environment[f"RETAILFLOW_{schema.upper()}_WORKER_DATABASE_URL"] == worker


def test_streams_queue_and_sessions_have_redis_databases_of_their_own(state: StateFolder, servers: EmbeddedServers):
    environment = build_environment(state, Ports(), servers, is_separate=False, person={})

    names = ("REDIS_URL", "BROKER_URL", "SESSION_REDIS_URL")
    assert [environment[f"RETAILFLOW_{name}"] for name in names] == [
        f"redis://:hush@127.0.0.1:6380/{database}" for database in (0, 1, 2)
    ]


def test_the_issuer_is_the_one_the_development_provider_writes(state: StateFolder, servers: EmbeddedServers):
    environment = build_environment(state, Ports.from_base(9000), servers, is_separate=False, person={})

    assert environment["RETAILFLOW_ISSUER"] == issuer_of("http://127.0.0.1:9002", REALM)
    assert environment["RETAILFLOW_ROUTER_URL"] == "http://127.0.0.1:9001/graphql"
    assert environment["RETAILFLOW_WEB_URL"] == "http://127.0.0.1:9000"
    assert environment["RETAILFLOW_POS_URL"] == "http://127.0.0.1:9008"


def test_only_separate_processes_are_told_each_others_addresses(state: StateFolder, servers: EmbeddedServers):
    together = build_environment(state, Ports(), servers, is_separate=False, person={})
    apart = build_environment(state, Ports(), servers, is_separate=True, person={})

    assert together["RETAILFLOW_SUBGRAPH_URLS"] == "{}"
    assert apart["RETAILFLOW_PAYMENT_WEBHOOK_URL"] == "http://127.0.0.1:4105/webhooks/sandbox"
    assert together["RETAILFLOW_PAYMENT_WEBHOOK_URL"] == "http://127.0.0.1:4000/webhooks/sandbox"
    assert json.loads(apart["RETAILFLOW_SUBGRAPH_URLS"])["orders"] == "http://127.0.0.1:4104/graphql"


def test_what_the_person_has_set_wins(state: StateFolder, servers: EmbeddedServers):
    person = {"RETAILFLOW_ISSUER": "https://sso.example/realms/shop", "HOME": "/home/someone"}

    environment = build_environment(state, Ports(), servers, is_separate=False, person=person)

    assert environment["RETAILFLOW_ISSUER"] == "https://sso.example/realms/shop"
    assert "HOME" not in environment


def test_the_running_processes_know_neither_the_superuser_nor_the_owners(state: StateFolder, servers: EmbeddedServers):
    environment = build_environment(state, Ports(), servers, is_separate=True, person={})

    passwords = read_secrets(state).role_passwords
    values = " ".join(environment.values())
    assert "top/secret" not in values
    assert [role for role, password in passwords.items() if role.endswith("_owner") and password in values] == []
    only_for_migrations = migration_environment(servers, passwords)
    assert "top/secret" in only_for_migrations["RETAILFLOW_ADMINISTRATOR_URL"]
    assert json.loads(only_for_migrations["RETAILFLOW_ROLE_PASSWORDS"]) == passwords


def test_secrets_are_made_once_and_readable_by_their_owner_only(state: StateFolder):
    first = read_secrets(state)

    assert read_secrets(state) == first
    assert len(set(first.role_passwords.values())) == len(first.role_passwords)
    assert {stat.S_IMODE(path.stat().st_mode) for path in state.path.glob("*secrets.json")} == {0o600}


def test_a_child_gets_the_product_variables_and_the_persons_others():
    person = {"PATH": "/bin", "RETAILFLOW_LEFTOVER": "1", "RETAILFLOW_PROFILE": "production"}

    assert child_environment({"RETAILFLOW_PROFILE": "local"}, person) == {
        "PATH": "/bin",
        "RETAILFLOW_PROFILE": "local",
    }


def test_what_runs_is_told_to_other_commands_and_forgotten_at_the_end(state: StateFolder):
    running = RunningProduct(42, Ports.from_base(9000), {"RETAILFLOW_PROFILE": "local"}, {"app": 43})

    state.write_running(running)

    assert state.read_running() == running
    assert stat.S_IMODE((state.path / "running.json").stat().st_mode) == 0o600
    state.forget_running()
    assert state.read_running() is None
