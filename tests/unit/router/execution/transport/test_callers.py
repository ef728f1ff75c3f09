from pathlib import Path

import pytest
from pydantic import SecretStr, TypeAdapter, ValidationError

from kernel.caller_proof import PROOF_HEADER, CallerCheck, CallerNotProven
from kernel.settings import CallerSettings, MissingCallerKeys
from router.configuration import InvalidConfiguration
from router.execution.transport.callers import callers_of
from router.execution.transport.request_headers import HeaderRules
from router.execution.transport.traffic import Traffic
from router.settings import RouterSettings

KEY, FILE_KEY = "k" * 43, "f" * 43


def opens(prover, key: str) -> bool:
    try:
        CallerCheck("stock", [key]).require({PROOF_HEADER: prover.proof({}, b"{}")}, b"{}")
    except CallerNotProven:
        return False
    return True


def test_a_subgraph_without_a_key_is_called_without_proof():
    assert callers_of(["stock", "foreign"], {}, {"stock": SecretStr(KEY), "gone": SecretStr(KEY)}).keys() == {"stock"}


def test_the_file_of_a_subgraph_goes_before_the_environment(tmp_path: Path):
    file = tmp_path / "key"
    file.write_text(f"{FILE_KEY}\n")

    prover = callers_of(["stock"], {"stock": Traffic(caller_key_file=file)}, {"stock": SecretStr(KEY)})["stock"]

    assert (opens(prover, FILE_KEY), opens(prover, KEY)) == (True, False)


@pytest.mark.parametrize("content", ["", "short", "\n\n"])
def test_a_weak_key_is_not_served_with(tmp_path: Path, content: str):
    file = tmp_path / "key"
    file.write_text(content)

    with pytest.raises(InvalidConfiguration, match="stock"):
        callers_of(["stock"], {"stock": Traffic(caller_key_file=file)}, {})


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path):
    with pytest.raises(InvalidConfiguration, match=r"subgraphs\.stock\.caller_key_file"):
        callers_of(["stock"], {"stock": Traffic(caller_key_file=tmp_path)}, {})


def test_no_header_rule_passes_a_proof_of_the_client():
    with pytest.raises(ValidationError):
        TypeAdapter(HeaderRules).validate_python({"allow": [PROOF_HEADER]})


def test_keys_come_from_the_environment_and_are_not_shown(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RETAILFLOW_ROUTER_CALLER_KEYS", f'{{"stock": "{KEY}"}}')

    settings = RouterSettings()

    assert settings.caller_keys["stock"].get_secret_value() == KEY
    assert KEY not in repr(settings)


def test_production_calls_none_of_its_subgraphs_without_proof(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RETAILFLOW_CALLER_KEYS", f'{{"stock": "{KEY}"}}')
    monkeypatch.setenv("RETAILFLOW_PROFILE", "production")

    with pytest.raises(MissingCallerKeys, match="orders, payments"):
        CallerSettings().caller_keys_of(["payments", "stock", "orders"])

    assert CallerSettings().caller_keys_of(["stock"]).keys() == {"stock"}
