"""Installing the npm peers once per lockfile, and running the scripts beside this file with them."""

import asyncio
import hashlib
import os
import shutil
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import orjson
import pytest
from pydantic import TypeAdapter

_HERE = Path(__file__).parent
_CACHE = Path(__file__).parents[3] / ".retailflow" / "npm"
_LONGEST_LINE_BYTES = 1 << 28

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class NodePeer:
    """A Node.js with the peers' packages."""

    node: str
    modules: Path

    async def run(self, script: str, question: object, answer: type[Answer]) -> Answer:
        """The script's answer on stdout to the question on its stdin; a script that fails fails the test."""
        process = await asyncio.create_subprocess_exec(
            self.node,
            str(_HERE / script),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=self._environment(),
        )
        output, complaints = await process.communicate(orjson.dumps(question))
        assert process.returncode == 0, complaints.decode()
        return TypeAdapter(answer).validate_json(output)

    @asynccontextmanager
    async def conversation(
        self, script: str, answer: type[Answer]
    ) -> AsyncGenerator[Callable[[object], Awaitable[Answer]]]:
        """Ask one running script several questions, one after another: a line each, answered by a line each."""
        process = await asyncio.create_subprocess_exec(
            self.node,
            str(_HERE / script),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=_LONGEST_LINE_BYTES,
            env=self._environment(),
        )
        asked, answered = process.stdin, process.stdout
        assert asked is not None
        assert answered is not None

        async def ask(question: object) -> Answer:
            asked.write(orjson.dumps(question) + b"\n")
            await asked.drain()
            return TypeAdapter(answer).validate_json(await answered.readline())

        try:
            yield ask
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()

    def _environment(self) -> dict[str, str]:
        return {**os.environ, "NODE_PATH": str(self.modules), "APOLLO_TELEMETRY_DISABLED": "true"}


async def install_node_peer(packages: Path = _HERE) -> NodePeer:
    """The peer with the packages of a folder's lockfile, installed by `npm ci`.

    Without Node.js the test is left out, or fails in CI.
    """
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        reason = "no Node.js with npm on this machine: another vendor's gateway cannot be asked"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    lock = (packages / "package-lock.json").read_bytes()
    fingerprint = hashlib.sha256(lock).hexdigest()
    target = _CACHE / packages.name
    stamp = target / "installed"
    if not stamp.exists() or stamp.read_text() != fingerprint:
        target.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copyfile(packages / name, target / name)
        await _install(npm, target)
        stamp.write_text(fingerprint)
    return NodePeer(node, target / "node_modules")


async def _install(npm: str, target: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        npm,
        "ci",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        cwd=target,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
