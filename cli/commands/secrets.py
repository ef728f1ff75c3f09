"""`retailflow secrets`: random secrets for compose.yaml."""

import json
import os
import secrets as random_source
from typing import Final

from cli.development_provider.credentials import CLIENT_SECRETS
from cli.environment import CALLER_KEYS, DATABASE, ROLE_KINDS, SCHEMAS
from kernel import base64url

_PLAIN: Final = (
    "POSTGRES_PASSWORD",
    "REDIS_PASSWORD",
    "KEYCLOAK_ADMIN_PASSWORD",
    *CLIENT_SECRETS,
    "RETAILFLOW_DEMO_PASSWORD",
    "RETAILFLOW_PAYMENT_SANDBOX_SECRET",
    "RETAILFLOW_PAYMENT_WEBHOOK_SECRET",
    *CALLER_KEYS.values(),
)


def secrets() -> None:
    """Print an .env file with every secret compose.yaml needs, each random. Keep it: the databases remember them."""
    for name, value in compose_secrets().items():
        print(f"{name}='{value}'")


def compose_secrets() -> dict[str, str]:
    """Variable names and values, database URLs included."""
    passwords = {f"{schema}_{kind}": random_source.token_urlsafe(32) for schema in SCHEMAS for kind in ROLE_KINDS}
    variables = {name: random_source.token_urlsafe(32) for name in _PLAIN}
    for name in ("RETAILFLOW_SESSION_KEY", "RETAILFLOW_POS_SESSION_KEY", "RETAILFLOW_PIN_KEY"):
        variables[name] = base64url.encode(os.urandom(32))
    callers = {context: variables[name] for context, name in CALLER_KEYS.items()}
    variables["RETAILFLOW_CALLER_KEYS"] = json.dumps(callers)
    variables["RETAILFLOW_ROLE_PASSWORDS"] = json.dumps(passwords)
    for schema in SCHEMAS:
        for kind, name in (("app", "DATABASE_URL"), ("worker", "WORKER_DATABASE_URL")):
            role = f"{schema}_{kind}"
            url = f"postgresql://{role}:{passwords[role]}@postgres:5432/{DATABASE}"
            variables[f"RETAILFLOW_{schema.upper()}_{name}"] = url
    return variables
