"""What acceptance tests share: one running product of the usual topology, and each identity provider once."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser

from cli.embedded.redis import RedisServer
from tests.contract.vendor_gateway.node_peer import install_node_peer
from tests.factories.bff import ROOT
from tests.factories.page_walk import chromium
from tests.factories.product import RunningProduct
from tests.factories.product import running_product as started
from tests.factories.sign_in import SignInWorld, sign_in_world

_SESSIONS = {"development": 2, "keycloak": 3}


@pytest.fixture(scope="session")
def running_product() -> Iterator[RunningProduct]:
    state = Path(tempfile.mkdtemp(prefix="retailflow-product-"))
    state.chmod(0o711)
    with started(state) as product:
        yield product
    shutil.rmtree(state, ignore_errors=True)


@pytest.fixture(scope="session", params=["development", pytest.param("keycloak", marks=pytest.mark.java)])
async def world(
    request: pytest.FixtureRequest, redis_server: RedisServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[SignInWorld]:
    """Either identity provider with a web BFF, booted once for all tests of both."""
    folder = tmp_path_factory.mktemp(request.param)
    async with sign_in_world(request.param, redis_server.url_of(_SESSIONS[request.param]), folder) as world:
        yield world


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    """A real Chromium."""
    async with chromium() as started:
        yield started


@pytest.fixture(scope="session")
async def axe() -> str:
    """axe-core, as one script."""
    peer = await install_node_peer(ROOT / "web" / "axe")
    return await asyncio.to_thread((peer.modules / "axe-core" / "axe.min.js").read_text, "utf-8")
