"""The one place where the product's processes get their configuration: `RETAILFLOW_*` variables of this machine."""

import json
import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast
from urllib.parse import quote

from cli.development_provider.credentials import local_secrets
from cli.embedded.servers import EmbeddedServers
from cli.ports import CONTEXTS, Ports
from cli.private_file import write_private
from cli.processes.inspection import LOOPBACK
from cli.state import StateFolder

PREFIX: Final = "RETAILFLOW_"
DATABASE: Final = "retailflow"
REALM: Final = "retailflow"
# the workers have a schema of their own, as a context has
SCHEMAS: Final = (*CONTEXTS, "workers")
ROLE_KINDS: Final = ("owner", "app", "worker")
#: what a subgraph checks its callers' proof with, by its name
CALLER_KEYS: Final = {context: f"{PREFIX}{context.upper()}_CALLER_KEYS" for context in CONTEXTS}
_LOOSE_SECRETS: Final = (
    "RETAILFLOW_PAYMENT_SANDBOX_SECRET",
    "RETAILFLOW_PAYMENT_WEBHOOK_SECRET",
    "RETAILFLOW_PIN_KEY",
    *CALLER_KEYS.values(),
)


@dataclass(frozen=True, slots=True)
class LocalSecrets:
    """Random secrets of this state folder.

    Attributes:
        role_passwords: by database role, like `catalog_app`.
        variables: secrets that processes read from the environment.
    """

    role_passwords: Mapping[str, str]
    variables: Mapping[str, str]


def read_secrets(state: StateFolder) -> LocalSecrets:
    """The secrets of this state folder; missing ones are made and kept, readable by us only."""
    path = state.path / "secrets.json"
    kept = cast("dict[str, str]", json.loads(path.read_text())) if path.is_file() else {}
    roles = [f"{schema}_{kind}" for schema in SCHEMAS for kind in ROLE_KINDS]
    wanted = {name: kept.get(name) or secrets.token_urlsafe(32) for name in (*roles, *_LOOSE_SECRETS)}
    if wanted != kept:
        write_private(path, json.dumps(wanted, indent=2))
    variables = {name: wanted[name] for name in _LOOSE_SECRETS} | dict(local_secrets(state.path))
    return LocalSecrets({role: wanted[role] for role in roles}, variables)


def build_environment(
    state: StateFolder,
    ports: Ports,
    servers: EmbeddedServers,
    *,
    is_separate: bool,
    person: Mapping[str, str] = os.environ,
) -> dict[str, str]:
    """Every `RETAILFLOW_*` variable of the product's processes. What the person has set wins.

    `is_separate` gives the subgraphs' addresses to their callers, which otherwise run them themselves.
    Superuser and schema owners are not in it: only migrations get those (`migration_environment`).
    """
    local = read_secrets(state)
    computed = {
        "RETAILFLOW_PROFILE": "local",
        "RETAILFLOW_STATE_FOLDER": str(state.path),
        "RETAILFLOW_GRAPHIQL_FOLDER": str(graphiql_folder(state)),
        **local.variables,
        "RETAILFLOW_CALLER_KEYS": json.dumps({context: local.variables[name] for context, name in CALLER_KEYS.items()}),
        **_databases(servers, local.role_passwords),
        "RETAILFLOW_REDIS_URL": servers.redis.url_of(0),
        "RETAILFLOW_BROKER_URL": servers.redis.url_of(1),
        "RETAILFLOW_SESSION_REDIS_URL": servers.redis.url_of(2),
        **_addresses(ports),
        **_payment_provider(state, ports, is_separate=is_separate),
        **_identity(ports),
        **(_remote_subgraphs(state, ports) if is_separate else {"RETAILFLOW_SUBGRAPH_URLS": "{}"}),
    }
    return computed | own_variables(person)


def migration_environment(servers: EmbeddedServers, passwords: Mapping[str, str]) -> dict[str, str]:
    """What only the migration step may know: the administrator's DSN and the passwords of all roles."""
    return {
        "RETAILFLOW_ADMINISTRATOR_URL": servers.postgres.superuser_dsn,
        "RETAILFLOW_DATABASE": DATABASE,
        "RETAILFLOW_ROLE_PASSWORDS": json.dumps(dict(passwords)),
    }


def child_environment(variables: Mapping[str, str], person: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The whole environment of a child process: the person's, with the product's variables instead of theirs."""
    return {name: value for name, value in person.items() if not name.startswith(PREFIX)} | dict(variables)


def own_variables(person: Mapping[str, str]) -> dict[str, str]:
    """The `RETAILFLOW_*` variables the person has set."""
    return {name: value for name, value in person.items() if name.startswith(PREFIX)}


def subgraph_urls(ports: Ports, contexts: Sequence[str] = CONTEXTS) -> dict[str, str]:
    """Where the router reaches subgraphs that run as processes of their own."""
    return {context: f"http://{LOOPBACK}:{ports.subgraph(context)}/graphql" for context in contexts}


def _databases(servers: EmbeddedServers, passwords: Mapping[str, str]) -> dict[str, str]:
    variables: dict[str, str] = {}
    for schema in SCHEMAS:
        prefix = f"{PREFIX}{schema.upper()}"
        for kind, name in (("app", f"{prefix}_DATABASE_URL"), ("worker", f"{prefix}_WORKER_DATABASE_URL")):
            role = f"{schema}_{kind}"
            credentials = f"{role}:{quote(passwords[role], safe='')}"
            place = f"{servers.postgres.host}:{servers.postgres.port}/{DATABASE}"
            variables[name] = f"postgresql://{credentials}@{place}"
    return variables


def _addresses(ports: Ports) -> dict[str, str]:
    return {
        "RETAILFLOW_WEB_URL": _origin(ports.web_bff),
        "RETAILFLOW_WEB_BACKCHANNEL_URL": _origin(ports.web_bff),
        "RETAILFLOW_POS_URL": _origin(ports.pos_bff),
        "RETAILFLOW_POS_BACKCHANNEL_URL": _origin(ports.pos_bff),
        "RETAILFLOW_ROUTER_URL": f"{_origin(ports.router)}/graphql",
        "RETAILFLOW_SMTP_HOST": LOOPBACK,
        "RETAILFLOW_SMTP_PORT": str(ports.smtp),
    }


def _payment_provider(state: StateFolder, ports: Ports, *, is_separate: bool) -> dict[str, str]:
    # webhooks come in where payments listens: with all parts in one process that is the router's port
    webhooks = ports.subgraph("payments") if is_separate else ports.router
    return {
        "RETAILFLOW_PAYMENT_SANDBOX_URL": _origin(ports.payment_sandbox),
        "RETAILFLOW_PAYMENT_SANDBOX_FILE": str(state.path / "payment-sandbox.sqlite3"),
        "RETAILFLOW_PAYMENT_WEBHOOK_URL": f"{_origin(webhooks)}/webhooks/sandbox",
    }


def _remote_subgraphs(state: StateFolder, ports: Ports) -> dict[str, str]:
    return {
        "RETAILFLOW_SUBGRAPH_URLS": json.dumps(subgraph_urls(ports)),
        "RETAILFLOW_SUPERGRAPH": str(state.supergraph),
    }


def _identity(ports: Ports) -> dict[str, str]:
    issuer = f"{_origin(ports.identity_provider)}/realms/{REALM}"
    return {
        "RETAILFLOW_ISSUER": issuer,
        "RETAILFLOW_JWKS_URL": f"{issuer}/protocol/openid-connect/certs",
        "RETAILFLOW_TOKEN_URL": f"{issuer}/protocol/openid-connect/token",
        "RETAILFLOW_AUDIENCE": "retail-api",
        "RETAILFLOW_KEYCLOAK_URL": _origin(ports.identity_provider),
    }


def _origin(port: int) -> str:
    return f"http://{LOOPBACK}:{port}"


def graphiql_folder(state: StateFolder) -> Path:
    """Where the built GraphiQL lies once it is built."""
    return state.path / "web" / "graphiql"
