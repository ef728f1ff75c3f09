"""The `RETAILFLOW_*` names of compose.yaml and of `up` are those that the processes' settings read."""

from collections.abc import Iterable
from typing import Any

import pytest
import yaml
from pydantic_settings import BaseSettings

from bff.pos.settings import PosSettings
from bff.web.settings import WebSettings
from cli.ports import CONTEXTS
from cli.state import ROOT
from kernel.graphql import SubgraphSettings
from kernel.settings import CallerSettings, TokenSettings
from router.settings import RouterSettings
from subgraphs.catalog.app import SearchSettings
from subgraphs.identity.adapters.keycloak import KeycloakSettings
from subgraphs.identity.app import PinSettings
from subgraphs.payments.adapters.sandbox import ProviderSettings
from subgraphs.payments.adapters.sandbox_server.app import SandboxSettings
from workers.notifications import MailSettings
from workers.settings import RoleSettings, WorkerSettings

_SERVICES: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
_OWN_FIELDS = ("database_url", "worker_database_url", "pool_size", "read_pool_size")


def names(settings: Iterable[type[BaseSettings]], *, only_required: bool) -> set[str]:
    return {
        f"RETAILFLOW_{name}".upper()
        for kind in settings
        for name, field in kind.model_fields.items()
        if name not in _OWN_FIELDS
        and not (kind is SubgraphSettings and name == "caller_keys")
        and (field.is_required() or not only_required)
    }


def addresses(*schemas: str) -> set[str]:
    return {f"RETAILFLOW_{schema.upper()}_DATABASE_URL" for schema in schemas}


SETTINGS: dict[str, tuple[type[BaseSettings], ...]] = {
    **dict.fromkeys(CONTEXTS, (SubgraphSettings,)),
    "identity": (SubgraphSettings, PinSettings),
    "catalog": (SubgraphSettings, SearchSettings),
    "payments": (SubgraphSettings, ProviderSettings),
    # of its own settings only the bounds; the issuer is everybody's
    "router": (TokenSettings, CallerSettings),
    "bff-web": (WebSettings,),
    "bff-pos": (PosSettings,),
    "worker": (WorkerSettings, KeycloakSettings, RoleSettings, MailSettings, ProviderSettings, SearchSettings),
    "payment-sandbox": (SandboxSettings,),
}
OWN_ADDRESSES = {
    **{context: addresses(context) | {f"RETAILFLOW_{context.upper()}_CALLER_KEYS"} for context in CONTEXTS},
    "worker": {
        name for schema in (*CONTEXTS, "workers") for name in (*addresses(schema), *addresses(f"{schema}_worker"))
    },
}


@pytest.mark.parametrize("service", SETTINGS)
def test_a_service_of_compose_gets_what_it_needs_and_nothing_it_does_not_read(service: str):
    given = {name for name in _SERVICES[service]["environment"] if name.startswith("RETAILFLOW_")}

    own = OWN_ADDRESSES.get(service, set())
    assert (names(SETTINGS[service], only_required=True) | own) - given == set()
    assert given - names(SETTINGS[service], only_required=False) - own == set()


def test_no_variable_of_the_router_is_taken_for_another_processes():
    own = {f"RETAILFLOW_ROUTER_{name}".upper() for name in RouterSettings.model_fields}

    assert own & names([WebSettings, PosSettings, WorkerSettings, TokenSettings], only_required=False) == set()
