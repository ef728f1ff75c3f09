"""The other vendors' gateways: their packages, installed once per lock file with the Node.js of the wheel."""

import hashlib
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from cli.assets import NodeToolchain, wheel_toolchain

ROOT = Path(__file__).parents[2]
_SOURCES = Path(__file__).parent / "peers"
_STATE = ROOT / ".retailflow"
_SCRIPTS = ("apollo.cjs", "compose.cjs", "hive.mjs")


@dataclass(frozen=True, slots=True)
class Peers:
    """A Node.js and the folder with the scripts beside their packages."""

    node: Path
    folder: Path

    def command(self, script: str, *arguments: object) -> list[str]:
        return [str(self.node), str(self.folder / script), *map(str, arguments)]


def installed_peers() -> Peers:
    """The peers; the first call for a lock file takes a few minutes."""
    toolchain = wheel_toolchain(_STATE / "node", print)
    folder = _STATE / "npm" / "router_bench"
    lock = (_SOURCES / "package-lock.json").read_bytes()
    stamp = folder / "installed"
    if not stamp.exists() or stamp.read_text() != hashlib.sha256(lock).hexdigest():
        print("installing Apollo Gateway and Hive Gateway from npm")
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copyfile(_SOURCES / name, folder / name)
        _install(toolchain, folder)
        stamp.write_text(hashlib.sha256(lock).hexdigest())
    for script in _SCRIPTS:
        # modules are looked for beside the script that imports them
        shutil.copyfile(_SOURCES / script, folder / script)
    return Peers(toolchain.node, folder)


def _install(toolchain: NodeToolchain, folder: Path) -> None:
    command = [*toolchain.npm, "ci", "--ignore-scripts", "--legacy-peer-deps", "--no-audit", "--no-fund"]
    subprocess.run(command, cwd=folder, env=dict(toolchain.environment), check=True)
