import os
import subprocess
import sys
from pathlib import Path

import pytest

from cli.development_provider.app import create_app, create_provider
from cli.development_provider.settings import DevelopmentOnly, ProviderSettings
from kernel.settings import Profile

ROOT = Path(__file__).parents[4]


def settings(folder: Path, profile: Profile) -> ProviderSettings:
    return ProviderSettings(profile, "http://127.0.0.1:8081", ROOT / "deploy/keycloak/realm.json", {}, folder)


@pytest.mark.parametrize("create", [create_app, create_provider])
def test_the_development_provider_does_not_exist_in_production(tmp_path: Path, create):
    with pytest.raises(DevelopmentOnly, match="local and ci only, not in production"):
        create(settings(tmp_path, Profile.PRODUCTION))

    assert list(tmp_path.iterdir()) == []


def test_its_process_ends_with_one_line_in_production():
    done = subprocess.run(
        [sys.executable, "-m", "cli.development_provider", "1"],
        cwd=ROOT,
        env={**os.environ, "RETAILFLOW_PROFILE": "production"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("the development identity provider runs in the profiles local and ci only")
