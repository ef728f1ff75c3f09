"""A provider that hangs up on a kept-alive connection is asked again with the same key, and charges once."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from kernel.ids import uuid7
from kernel.money import Money
from subgraphs.payments.adapters.sandbox import ProviderSettings, SandboxProvider
from subgraphs.payments.ports import ChargeRequest, ChargeState, ProviderSilent

ANSWER = b'{"id":"ch_1","key":"k-1","status":"captured","amountMinor":100,"currency":"GBP","metadata":{}}'


class HangingUp:
    """An HTTP server that drops the first `drops` requests without an answer."""

    def __init__(self, drops: int) -> None:
        self.drops = drops
        self.keys: list[str] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.split("content-length: ")[1].split("\r\n")[0])
        await reader.readexactly(length)
        self.keys.append(head.split("idempotency-key: ")[1].split("\r\n")[0])
        if len(self.keys) > self.drops:
            start = b"HTTP/1.1 201 Created\r\ncontent-type: application/json\r\nconnection: close\r\n"
            writer.write(start + f"content-length: {len(ANSWER)}\r\n\r\n".encode() + ANSWER)
            await writer.drain()
        writer.close()


@pytest.fixture(params=[1, 2, 3])
async def provider(request: pytest.FixtureRequest) -> AsyncIterator[tuple[SandboxProvider, HangingUp]]:
    hanging_up = HangingUp(request.param)
    server = await asyncio.start_server(hanging_up.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    settings = ProviderSettings(
        payment_sandbox_url=f"http://127.0.0.1:{port}", payment_sandbox_secret="s", payment_webhook_secret="w"
    )
    provider = SandboxProvider(settings)
    yield provider, hanging_up
    await provider.close()
    server.close()


async def test_a_dropped_charge_is_sent_again_with_its_key(provider: tuple[SandboxProvider, HangingUp]):
    client, server = provider
    request = ChargeRequest("k-1", Money(100, "GBP"), "tok_approve", uuid7(), uuid7(), uuid7())

    if server.drops < 3:
        charge = await client.charge(request)
        assert (charge.state, charge.reference) == (ChargeState.CAPTURED, "ch_1")
    else:
        with pytest.raises(ProviderSilent):
            await client.charge(request)

    assert server.keys == ["k-1"] * min(server.drops + 1, 3)
