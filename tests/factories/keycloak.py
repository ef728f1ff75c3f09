"""A real Keycloak with our realm: installed from its Maven artefact, in memory, on a free port of loopback."""

import asyncio
import hashlib
import os
import shutil
import signal
import subprocess
import zipfile
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from tests.factories.bff import ROOT, free_socket

VERSION = "26.5.5"
SHA256 = "5cd606f5e23ff77d9991ce55bab4a2ea529f05f7e16e24c1f270c6f360b50988"
REALM = "retailflow"
START_SECONDS = 240
JAVA_OPTS = "-Xms64m -Xmx512m -XX:MaxMetaspaceSize=256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:-UsePerfData"
ADMIN = "admin-of-the-tests"


@dataclass
class Keycloak:
    """A running server and its administrator.

    As in a cluster, browsers know it by another name (`public_url`) than services do (`url`).
    """

    url: str
    public_url: str
    http: aiohttp.ClientSession

    @property
    def issuer(self) -> str:
        return f"{self.public_url}/realms/{REALM}"

    @property
    def internal_issuer(self) -> str:
        return f"{self.url}/realms/{REALM}"

    async def admin(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """A call of the admin API on our realm; where it answers nothing, the address of what was made, or None."""
        headers = {"authorization": f"Bearer {await self._admin_token()}"}
        url = f"{self.url}/admin/realms/{REALM}{path}"
        async with self.http.request(method, url, headers=headers, json=body) as response:
            response.raise_for_status()
            return await response.json() if response.status == 200 else response.headers.get("location")

    async def _admin_token(self) -> str:
        form = {"grant_type": "password", "client_id": "admin-cli", "username": ADMIN, "password": ADMIN}
        async with self.http.post(f"{self.url}/realms/master/protocol/openid-connect/token", data=form) as response:
            response.raise_for_status()
            return (await response.json())["access_token"]


def install(folder: Path) -> Path:
    """The unpacked and built distribution, made when first asked for."""
    home = folder / f"keycloak-{VERSION}"
    if (home / ".built").is_file():
        return home
    artifact = f"org.keycloak:keycloak-quarkus-dist:{VERSION}:zip"
    command = ["mvn", "-q", "-B", "dependency:copy", f"-Dartifact={artifact}", f"-DoutputDirectory={folder}"]
    subprocess.run(command, check=True, timeout=900)
    archive = folder / f"keycloak-quarkus-dist-{VERSION}.zip"
    assert hashlib.sha256(archive.read_bytes()).hexdigest() == SHA256
    shutil.rmtree(home, ignore_errors=True)
    with zipfile.ZipFile(archive) as zipped:
        zipped.extractall(folder)
    archive.unlink()
    script = home / "bin" / "kc.sh"
    script.chmod(0o755)
    environment = {**os.environ, "JAVA_OPTS": JAVA_OPTS}
    subprocess.run(
        [str(script), "build", "--db=dev-mem"], check=True, timeout=600, env=environment, stdout=subprocess.DEVNULL
    )
    (home / ".built").touch()
    return home


@asynccontextmanager
async def running_keycloak(folder: Path, values: Mapping[str, str], log: Path) -> AsyncIterator[Keycloak]:
    """Keycloak with our realm imported; `values` fill the realm file's placeholders."""
    home = await asyncio.to_thread(install, folder)
    (home / "data" / "import").mkdir(parents=True, exist_ok=True)
    shutil.copy2(ROOT / "deploy" / "keycloak" / "realm.json", home / "data" / "import" / "realm.json")
    shutil.copytree(ROOT / "deploy" / "keycloak" / "themes", home / "themes", dirs_exist_ok=True)
    with free_socket() as one, free_socket() as other:
        port, management_port = one.getsockname()[1], other.getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        str(home / "bin" / "kc.sh"),
        "start",
        "--optimized",
        "--import-realm",
        "--cache=local",
        "--http-enabled=true",
        "--http-host=127.0.0.1",
        f"--http-port={port}",
        f"--http-management-port={management_port}",
        f"--hostname=http://localhost:{port}",
        "--hostname-backchannel-dynamic=true",
        env={
            **os.environ,
            **values,
            "JAVA_OPTS": JAVA_OPTS,
            "KC_BOOTSTRAP_ADMIN_USERNAME": ADMIN,
            "KC_BOOTSTRAP_ADMIN_PASSWORD": ADMIN,
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )
    draining: asyncio.Task[None] | None = None
    try:
        async with asyncio.timeout(START_SECONDS):
            await _read_until(process, b"Listening on", log)
        draining = asyncio.create_task(_read_until(process, None, log))
        async with aiohttp.ClientSession() as http:
            yield Keycloak(f"http://127.0.0.1:{port}", f"http://localhost:{port}", http)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        await process.wait()
        if draining is not None:
            await draining


async def _read_until(process: asyncio.subprocess.Process, mark: bytes | None, log: Path) -> None:
    assert process.stdout is not None
    last: deque[bytes] = deque(maxlen=40)
    with log.open("ab") as file:
        async for line in process.stdout:
            file.write(line)
            last.append(line)
            if mark is not None and mark in line:
                return
    if mark is not None:
        raise AssertionError("Keycloak did not start:\n" + b"".join(last).decode("utf-8", "replace"))
