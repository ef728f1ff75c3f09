import base64
from ipaddress import IPv4Network, IPv6Network

import pytest
from pydantic import ValidationError

from bff.session.rate import Rate
from bff.web.settings import WebSettings

GIVEN = {
    "RETAILFLOW_PROFILE": "production",
    "RETAILFLOW_ISSUER": "https://id.example/realms/retailflow",
    "RETAILFLOW_WEB_URL": "https://shop.example",
    "RETAILFLOW_SESSION_REDIS_URL": "redis://sessions:6379",
    "RETAILFLOW_SESSION_KEY": base64.urlsafe_b64encode(bytes(range(32))).decode(),
    "RETAILFLOW_WEB_BFF_SECRET": "a-long-enough-secret-of-32-chars",
}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in GIVEN.items():
        monkeypatch.setenv(name, value)


def test_a_complete_production_environment_is_accepted():
    settings = WebSettings()

    assert settings.is_https
    assert settings.web_client_id == "web-bff"


def test_rates_proxies_and_origins_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RETAILFLOW_RATE_PER_SESSION", "5/30 second")
    monkeypatch.setenv("RETAILFLOW_TRUSTED_PROXIES", '["10.0.0.0/8", "fd00::/8"]')
    monkeypatch.setenv("RETAILFLOW_ALLOWED_ORIGINS", '["https://office.example"]')

    settings = WebSettings()

    assert settings.rate_per_session == Rate(5, 30)
    assert settings.trusted_proxies == (IPv4Network("10.0.0.0/8"), IPv6Network("fd00::/8"))
    assert settings.script_origins == ("https://shop.example", "https://office.example")


@pytest.mark.parametrize(
    "name",
    [
        "RETAILFLOW_ISSUER",
        "RETAILFLOW_SESSION_REDIS_URL",
        "RETAILFLOW_SESSION_KEY",
        "RETAILFLOW_WEB_BFF_SECRET",
    ],
)
@pytest.mark.parametrize("profile", ["production", "ci", "local"])
def test_nothing_secret_has_a_default_in_any_profile(monkeypatch: pytest.MonkeyPatch, profile: str, name: str):
    monkeypatch.setenv("RETAILFLOW_PROFILE", profile)
    monkeypatch.delenv(name)

    with pytest.raises(ValidationError):
        WebSettings()


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("RETAILFLOW_WEB_BFF_SECRET", "${RETAILFLOW_WEB_BFF_SECRET}", "unfilled placeholder"),
        ("RETAILFLOW_WEB_BFF_SECRET", "", "empty"),
        ("RETAILFLOW_WEB_BFF_SECRET", "short", "at least 24"),
        ("RETAILFLOW_WEB_URL", "http://shop.example", "must be https"),
        ("RETAILFLOW_WEB_URL", "http://127.0.0.1:8000", "https in production"),
        ("RETAILFLOW_WEB_URL", "https://shop.example/", "origin without a path"),
        ("RETAILFLOW_ISSUER", "http://id.example/realms/retailflow", "must be https"),
        ("RETAILFLOW_ALLOWED_ORIGINS", '["*"]', "must be https"),
        ("RETAILFLOW_ALLOWED_ORIGINS", '["null"]', "must be https"),
        ("RETAILFLOW_ALLOWED_ORIGINS", '["https://*.example"]', "as browsers write it"),
        ("RETAILFLOW_ALLOWED_ORIGINS", '["https://office.example/"]', "as browsers write it"),
        ("RETAILFLOW_ALLOWED_ORIGINS", '["https://Office.example"]', "as browsers write it"),
        ("RETAILFLOW_ALLOWED_ORIGINS", '["http://office.example"]', "must be https"),
        ("RETAILFLOW_TRUSTED_PROXIES", '["everybody"]', "not a valid IPv4 network"),
        ("RETAILFLOW_RATE_PER_SESSION", "often", "couldn't parse"),
        ("RETAILFLOW_SESSION_KEY", "c2hvcnQ", "32 bytes"),
        ("RETAILFLOW_ALSO_ACCEPTED_SESSION_KEYS", '["c2hvcnQ"]', "32 bytes"),
        ("RETAILFLOW_ALSO_ACCEPTED_SESSION_KEYS", f'["{GIVEN["RETAILFLOW_SESSION_KEY"]}"]', "a key twice"),
    ],
)
def test_an_unsafe_value_is_refused_with_its_reason(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, reason: str
):
    monkeypatch.setenv(name, value)

    with pytest.raises(ValidationError, match=reason):
        WebSettings()


def test_a_refusal_does_not_show_the_secrets(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RETAILFLOW_WEB_URL", "http://shop.example")

    with pytest.raises(ValidationError) as refusal:
        WebSettings()

    assert "RETAILFLOW_WEB_URL must be https" in str(refusal.value)
    assert "secret" not in str(refusal.value)
    assert "input_value" not in str(refusal.value)


def test_secrets_do_not_show_in_a_trace():
    shown = repr(WebSettings())

    assert GIVEN["RETAILFLOW_WEB_BFF_SECRET"] not in shown
    assert GIVEN["RETAILFLOW_SESSION_KEY"] not in shown


@pytest.mark.parametrize(
    ("profile", "policy", "allows_any"),
    [
        ("production", None, False),
        ("production", "only", False),
        ("production", "prefer", True),
        ("local", None, True),
        ("ci", None, True),
        ("local", "only", False),
    ],
)
def test_only_trusted_documents_are_executed_in_production_unless_somebody_decides_otherwise(
    monkeypatch: pytest.MonkeyPatch, profile: str, policy: str | None, *, allows_any: bool
):
    monkeypatch.setenv("RETAILFLOW_PROFILE", profile)
    if policy is not None:
        monkeypatch.setenv("RETAILFLOW_TRUSTED_DOCUMENTS", policy)

    assert WebSettings().allows_any_document is allows_any
