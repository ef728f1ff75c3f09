import re
from typing import Any

import pytest
import yaml

from cli.commands.secrets import compose_secrets
from cli.ports import CONTEXTS
from cli.schema_files import published_urls
from cli.state import ROOT

_OURS = {*CONTEXTS, "router", "bff-web", "bff-pos", "worker", "payment-sandbox", "mail-sink", "migrate"}
_TEXT = (ROOT / "compose.yaml").read_text()
_SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(_TEXT)["services"]


def test_every_part_of_the_product_is_a_service():
    assert _SERVICES.keys() == _OURS | {"postgres", "redis", "keycloak"}


@pytest.mark.parametrize("name", sorted(_SERVICES))
def test_no_service_runs_as_root_or_gains_privileges(name: str):
    service = _SERVICES[name]

    assert int(service["user"].partition(":")[0]) > 0
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service.get("read_only") is (None if name == "keycloak" else True)


@pytest.mark.parametrize("name", sorted(_SERVICES.keys() - {"migrate"}))
def test_every_lasting_service_has_a_health_check(name: str):
    assert _SERVICES[name]["healthcheck"]["test"][0] == "CMD"


def test_services_are_published_on_loopback_only_and_stores_not_at_all():
    published = {name: service["ports"] for name, service in _SERVICES.items() if "ports" in service}

    assert published == {
        "keycloak": ["127.0.0.1:8081:8080"],
        "router": ["127.0.0.1:4000:8000"],
        "bff-web": ["127.0.0.1:8000:8000"],
        "bff-pos": ["127.0.0.1:8001:8000"],
    }


def test_no_secret_has_a_default_and_the_secrets_command_knows_them_all():
    required = set(re.findall(r"\$\{([A-Z_]+):\?\}", _TEXT))
    with_default = set(re.findall(r"\$\{([A-Z_]+):-", _TEXT))

    assert required == compose_secrets().keys()
    assert {name for name in with_default if re.search(r"SECRET|PASSWORD|KEY(?!CLOAK)|DATABASE", name)} == set()
    assert set(re.findall(r"\$\{([A-Z_]+)", _TEXT)) == required | with_default


def test_every_dependency_is_a_service_that_can_fulfil_it():
    for name, service in _SERVICES.items():
        for needed, how in service.get("depends_on", {}).items():
            is_errand = _SERVICES[needed].get("restart") == "no"
            wanted = "service_completed_successfully" if is_errand else "service_healthy"
            assert how == {"condition": wanted}, f"{name} → {needed}"


def test_the_published_supergraph_names_these_services():
    assert published_urls() == {name: f"http://{name}:8000/graphql" for name in CONTEXTS}
    for name in CONTEXTS:
        assert _SERVICES[name]["command"] == ["subgraph", name, "--port", "8000"]


def test_all_our_services_share_one_image_with_an_existing_dockerfile():
    builds = {name: service.get("build") for name, service in _SERVICES.items() if service.get("build")}

    assert builds.keys() == _OURS
    assert {build["dockerfile"] for build in builds.values()} == {"deploy/docker/Dockerfile"}
    assert (ROOT / "deploy/docker/Dockerfile").is_file()


def test_the_image_copies_only_what_exists_and_ends_as_an_unprivileged_user():
    lines = (ROOT / "deploy/docker/Dockerfile").read_text().splitlines()
    copied = [line.split()[1:-1] for line in lines if line.startswith("COPY ") and "--from" not in line]
    users = [line for line in lines if line.startswith("USER ")]

    assert [path for paths in copied for path in paths if not (ROOT / path).exists()] == []
    assert users == ["USER 10001:10001"]
