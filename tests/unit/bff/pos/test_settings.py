import base64

import pytest
from pydantic import ValidationError

from bff.pos.settings import PosSettings
from bff.web.settings import WebSettings

GIVEN = {
    "RETAILFLOW_PROFILE": "production",
    "RETAILFLOW_ISSUER": "https://id.example/realms/retailflow",
    "RETAILFLOW_POS_URL": "https://tills.example",
    "RETAILFLOW_SESSION_REDIS_URL": "redis://sessions:6379",
    "RETAILFLOW_SESSION_KEY": base64.urlsafe_b64encode(bytes(range(32))).decode(),
    "RETAILFLOW_POS_BFF_SECRET": "a-long-enough-secret-of-32-chars",
}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in GIVEN.items():
        monkeypatch.setenv(name, value)


def test_a_complete_production_environment_is_accepted():
    settings = PosSettings()

    assert settings.is_https
    assert settings.client_id == "pos-bff"


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("RETAILFLOW_POS_BFF_SECRET", "${RETAILFLOW_POS_BFF_SECRET}", "RETAILFLOW_POS_BFF_SECRET is empty"),
        ("RETAILFLOW_POS_BFF_SECRET", "short", "RETAILFLOW_POS_BFF_SECRET must have at least 24"),
        ("RETAILFLOW_POS_URL", "http://tills.example", "RETAILFLOW_POS_URL must be https"),
        ("RETAILFLOW_POS_URL", "https://tills.example/", "RETAILFLOW_POS_URL must be an origin without a path"),
    ],
)
def test_an_unsafe_value_is_refused_by_its_own_name(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, reason: str
):
    monkeypatch.setenv(name, value)

    with pytest.raises(ValidationError, match=reason):
        PosSettings()


def test_the_two_bffs_share_no_cookie():
    names = [name for kind in (WebSettings, PosSettings) for name in (kind.cookies.session, kind.cookies.login)]

    assert len(set(names)) == 4
    assert {name[:7] for name in names} == {"__Host-"}
