"""The one realm file: what Keycloak imports and what the development provider reads."""

import json
import re
from pathlib import Path

import pytest

from cli.development_provider.credentials import DEMO_PASSWORD
from cli.development_provider.placeholders import MissingPlaceholder, filled
from cli.development_provider.realm import Realm, read_realm
from kernel.permissions import ROLE_SCOPES, SERVICE_ROLES

REALM_FILE = Path(__file__).parents[4] / "deploy" / "keycloak" / "realm.json"
VALUES = {
    "RETAILFLOW_WEB_BFF_SECRET": "web",
    "RETAILFLOW_POS_BFF_SECRET": "pos",
    "RETAILFLOW_SAGA_WORKER_SECRET": "saga",
    "RETAILFLOW_NOTIFICATION_WORKER_SECRET": "notification",
    "RETAILFLOW_USER_SYNC_SECRET": "sync",
    "RETAILFLOW_SALES_IMPORT_SECRET": "import",
    "RETAILFLOW_DEMO_SETUP_SECRET": "demo",
    "RETAILFLOW_DEMO_USERS": "true",
    "RETAILFLOW_DEMO_PASSWORD": "demo",
}


@pytest.fixture
def realm() -> Realm:
    return read_realm(REALM_FILE, VALUES)


def test_every_role_of_the_permissions_is_in_the_realm():
    roles = {role["name"] for role in json.loads(REALM_FILE.read_text())["roles"]["realm"]}

    assert roles == set(ROLE_SCOPES)


def test_the_file_holds_no_secret_and_no_password():
    text = REALM_FILE.read_text()

    secrets = re.findall(r'"(?:secret|value)": "([^"]*)"', text)
    assert len(secrets) > 20
    assert [secret for secret in secrets if not re.fullmatch(r"\$\{RETAILFLOW_[A-Z_]+\}", secret)] == []


@pytest.mark.parametrize("name", sorted(VALUES))
def test_a_missing_value_is_refused_by_name(name: str):
    values = {key: value for key, value in VALUES.items() if key != name}

    with pytest.raises(MissingPlaceholder, match=name):
        read_realm(REALM_FILE, values)


def test_without_demo_users_nobody_can_sign_in():
    realm = read_realm(REALM_FILE, VALUES | {"RETAILFLOW_DEMO_USERS": "false"})

    assert realm.people == []
    assert realm.service_account(realm.clients["saga-worker"]) is not None


def test_both_demo_tenants_have_a_user_of_each_role(realm: Realm):
    people = {(user.username.partition("@")[2], role) for user in realm.people for role in user.realm_roles}

    roles = set(ROLE_SCOPES) - SERVICE_ROLES - {"platform_admin", "device"}
    assert people == {(f"{tenant}.example", role) for tenant in ("lumen", "sakura") for role in roles} | {
        ("retailflow.example", "platform_admin")
    }


def test_only_service_accounts_hold_roles_of_services_and_nothing_else():
    users = json.loads(REALM_FILE.read_text())["users"]
    services = {name: set(user.get("realmRoles", [])) for user in users if (name := user.get("serviceAccountClientId"))}
    people = {role for user in users if "serviceAccountClientId" not in user for role in user["realmRoles"]}

    assert people & SERVICE_ROLES == set()
    assert services.pop("user-sync") == set()
    assert {frozenset(roles) for roles in services.values()} == {
        frozenset({"service", role}) for role in SERVICE_ROLES - {"service"}
    }


def test_no_role_of_a_service_may_do_what_another_does_or_run_a_tenant():
    assert ROLE_SCOPES["checkout_saga"] == {"saga:run"}
    assert ROLE_SCOPES["notifier"] == {"orders:read"}
    assert {role for role in SERVICE_ROLES if "identity:manage" in ROLE_SCOPES[role]} == {"demo_setup"}
    assert ROLE_SCOPES["service"] == frozenset()


def test_passwords_are_long_sessions_short_and_guesses_few():
    realm = json.loads(REALM_FILE.read_text())

    assert "length(12)" in realm["passwordPolicy"]
    assert len(DEMO_PASSWORD) >= 12
    assert (realm["accessTokenLifespan"], realm["revokeRefreshToken"], realm["refreshTokenMaxReuse"]) == (300, True, 0)
    assert (realm["bruteForceProtected"], realm["failureFactor"]) == (True, 5)
    assert (realm["registrationAllowed"], realm["verifyEmail"]) == (False, True)
    assert json.loads(realm["attributes"]["acr.loa.map"]) == {"password": 1, "otp": 2}


def test_mappers_stand_in_scopes_that_clients_share():
    realm = json.loads(REALM_FILE.read_text())
    known = {scope["name"] for scope in realm["clientScopes"]}

    assert [client["clientId"] for client in realm["clients"] if "protocolMappers" in client] == []
    given = [
        scope
        for client in realm["clients"]
        for scope in (*client["defaultClientScopes"], *client.get("optionalClientScopes", ()))
    ]
    assert set(given) == known


def test_a_one_time_code_asked_for_counts_as_long_as_in_keycloak(realm: Realm):
    assert realm.otp_seconds == 900


def test_user_ids_are_fixed_and_unique(realm: Realm):
    ids = [user.id for user in realm.people]

    assert len(set(ids)) == len(ids) == 25
    assert [one for one in ids if not re.fullmatch(r"01920000-0000-7000-8000-[0-9a-f]{12}", one)] == []


def test_browser_clients_demand_pkce_and_exact_addresses():
    for client in json.loads(REALM_FILE.read_text())["clients"]:
        assert client["publicClient"] is False
        assert client["implicitFlowEnabled"] is False
        assert client["directAccessGrantsEnabled"] is False
        if client["standardFlowEnabled"]:
            assert client["attributes"]["pkce.code.challenge.method"] == "S256"
            assert [uri for uri in client["redirectUris"] if "*" in uri] == []
            assert "*" not in client["attributes"]["post.logout.redirect.uris"]


def test_placeholders_take_the_value_before_the_default():
    assert filled("${A}/${B:http://x:1}/${C:}", {"A": "1", "B": "2"}) == "1/2/"
    assert filled("${B:http://x:1}", {}) == "http://x:1"
    assert filled("${not_ours} $A", {}) == "${not_ours} $A"
