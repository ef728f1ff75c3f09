"""Hive Gateway as its users run it: a process of its own that is asked over HTTP."""

import asyncio
import os
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import orjson

from tests.contract.vendor_gateway.node_peer import NodePeer, install_node_peer
from tests.factories.served import free_socket, url_of

_FOLDER = Path(__file__).parent / "hive_process"
_READY = b"Listening on"


async def install_hive_gateway() -> NodePeer:
    """Node.js with Hive Gateway."""
    return await install_node_peer(_FOLDER)


@asynccontextmanager
async def hive_gateway(peer: NodePeer, supergraph: Path, urls: Mapping[str, str], *options: str) -> AsyncGenerator[str]:
    """The URL of its GraphQL endpoint over the supergraph; `urls` says where each subgraph listens."""
    with free_socket() as chosen:
        host, port = url_of(chosen).removeprefix("http://").split(":")
    process = await asyncio.create_subprocess_exec(
        peer.node,
        str(peer.modules / "@graphql-hive" / "gateway" / "dist" / "bin.js"),
        "supergraph",
        str(supergraph),
        *("--host", host, "--port", port, "--config-path", str(_FOLDER / "gateway.config.mjs"), *options),
        cwd=peer.modules.parent,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "NODE_ENV": "production", "SUBGRAPH_URLS": orjson.dumps(dict(urls)).decode()},
    )
    try:
        reading = await _read_until_ready(process)
        yield f"http://{host}:{port}/graphql"
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
    await reading


async def _read_until_ready(process: asyncio.subprocess.Process) -> asyncio.Task[bytes]:
    """What it says until it listens; the task reads on, since a full pipe would stop the process."""
    assert process.stdout is not None
    said = b""
    while _READY not in said:
        line = await process.stdout.readline()
        assert line, said.decode()
        said += line
    return asyncio.create_task(process.stdout.read())
