"""Secrets of the local profile: random, made once per state folder, readable by its owner only."""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter

from cli.private_file import write_private
from kernel import base64url

DEMO_PASSWORD: Final = "retailflow-demo"  # noqa: S105 - of demo users, which exist only in the local and ci profiles
_FILE: Final = "local-secrets.json"
#: secrets of the realm file's clients
CLIENT_SECRETS: Final = (
    "RETAILFLOW_WEB_BFF_SECRET",
    "RETAILFLOW_POS_BFF_SECRET",
    "RETAILFLOW_SAGA_WORKER_SECRET",
    "RETAILFLOW_NOTIFICATION_WORKER_SECRET",
    "RETAILFLOW_USER_SYNC_SECRET",
    "RETAILFLOW_SALES_IMPORT_SECRET",
    "RETAILFLOW_DEMO_SETUP_SECRET",
)
_SESSION_KEY: Final = "RETAILFLOW_SESSION_KEY"
_JSON: TypeAdapter[dict[str, str]] = TypeAdapter(dict[str, str])


def local_secrets(state_folder: Path) -> Mapping[str, str]:
    """The local profile's values of the realm file's placeholders, and the BFF's session key.

    Keys are names of environment variables, so the mapping can be handed to child processes as it is.
    """
    path = state_folder / _FILE
    kept = _JSON.validate_json(path.read_bytes()) if path.is_file() else {}
    wanted = {name: kept.get(name) or secrets.token_urlsafe(32) for name in CLIENT_SECRETS}
    wanted[_SESSION_KEY] = kept.get(_SESSION_KEY) or base64url.encode(os.urandom(32))
    if wanted != kept:
        state_folder.mkdir(parents=True, exist_ok=True)
        write_private(path, _JSON.dump_json(wanted, indent=2).decode())
    return wanted | {"RETAILFLOW_DEMO_USERS": "true", "RETAILFLOW_DEMO_PASSWORD": DEMO_PASSWORD}
