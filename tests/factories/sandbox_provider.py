"""The sandbox payment provider over real HTTP, and a shop that listens to its webhooks."""

import json
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from subgraphs.payments.adapters.sandbox import SandboxProvider
from subgraphs.payments.adapters.sandbox_server import SandboxSettings, create_app
from subgraphs.payments.adapters.sandbox_signature import SIGNATURE_HEADER, sign
from tests.factories.databases import ProvisionedDatabase
from tests.factories.payments import SECRET, WEBHOOK_SECRET, Till, provider_settings, till_of
from tests.factories.served import free_socket, served, url_of


def sandbox_settings(folder: Path, **changes: Any) -> SandboxSettings:
    return SandboxSettings(
        payment_sandbox_secret=SECRET,
        payment_webhook_secret=WEBHOOK_SECRET,
        payment_sandbox_file=folder / "sandbox.sqlite3",
        **{"payment_sandbox_late_seconds": 0.0, **changes},
    )


@dataclass
class Sandbox:
    """The running provider, and our client of it."""

    url: str
    file: Path
    provider: SandboxProvider
    http: aiohttp.ClientSession

    async def post(self, path: str, body: object, *, key: str = "", secret: str = SECRET) -> tuple[int, dict[str, Any]]:
        headers = {"authorization": f"Bearer {secret}", "idempotency-key": key}
        async with self.http.post(f"{self.url}{path}", json=body, headers=headers) as response:
            return response.status, await response.json()

    async def charges(self, query: str = "") -> list[dict[str, Any]]:
        headers = {"authorization": f"Bearer {SECRET}"}
        async with self.http.get(f"{self.url}/charges{query}", headers=headers) as response:
            return (await response.json())["charges"]

    async def kept_minor(self) -> int:
        """Captured minus refunded."""
        captured = [charge for charge in await self.charges() if charge["status"] == "captured"]
        return sum(charge["amountMinor"] - charge["refundedMinor"] for charge in captured)


@asynccontextmanager
async def running_sandbox(folder: Path, **changes: Any) -> AsyncGenerator[Sandbox]:
    settings = sandbox_settings(folder, **changes)
    async with served(create_app(settings)) as url, aiohttp.ClientSession() as http:
        provider = SandboxProvider(provider_settings(url))
        yield Sandbox(url, settings.payment_sandbox_file, provider, http)
        await provider.close()


@dataclass
class Shop:
    """Payments over real HTTP beside the provider that calls it back."""

    till: Till
    sandbox: Sandbox
    url: str

    async def send(self, message: object, *, headers: Mapping[str, str] | None = None) -> tuple[int, dict[str, Any]]:
        """A webhook with a good signature, unless `headers` say otherwise."""
        body = message if isinstance(message, bytes) else json.dumps(message).encode()
        signed = {SIGNATURE_HEADER: sign(WEBHOOK_SECRET, body, at=int(time.time()))}
        async with self.sandbox.http.post(
            f"{self.url}/webhooks/sandbox", data=body, headers=signed if headers is None else headers
        ) as response:
            return response.status, await response.json()


@asynccontextmanager
async def running_shop(provisioned: ProvisionedDatabase, folder: Path, **changes: Any) -> AsyncGenerator[Shop]:
    """Webhooks go to the shop unless `payment_webhook_url` is given."""
    bound = free_socket()
    hooks = {"payment_webhook_url": f"{url_of(bound)}/webhooks/sandbox", **changes}
    async with (
        running_sandbox(folder, **hooks) as sandbox,
        till_of(provisioned, sandbox.provider) as till,
        served(till.subgraph.asgi_app(), bound) as url,
    ):
        yield Shop(till, sandbox, url)
