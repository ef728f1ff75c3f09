from pathlib import Path

from bff.session.sealing import decode_key
from cli.development_provider.credentials import local_secrets
from cli.development_provider.signing_key import signing_key


def test_local_secrets_are_made_once_and_kept_private(tmp_path: Path):
    first = local_secrets(tmp_path)

    assert local_secrets(tmp_path) == first
    assert [oct(path.stat().st_mode & 0o777) for path in tmp_path.iterdir()] == ["0o600"]
    assert len(decode_key(first["RETAILFLOW_SESSION_KEY"])) == 32
    assert len(first["RETAILFLOW_WEB_BFF_SECRET"]) > 40


def test_every_state_folder_has_its_own(tmp_path: Path):
    one, other = local_secrets(tmp_path / "one"), local_secrets(tmp_path / "other")

    random = {name for name in one if not name.startswith("RETAILFLOW_DEMO_")}
    assert {name for name in random if one[name] == other[name]} == set()


def test_the_signing_key_survives_a_restart(tmp_path: Path):
    first = signing_key(tmp_path)

    assert signing_key(tmp_path).kid == first.kid
    assert [oct(path.stat().st_mode & 0o777) for path in tmp_path.iterdir()] == ["0o600"]
