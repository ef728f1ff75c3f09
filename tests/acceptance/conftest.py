"""What acceptance tests share: one running product of the usual topology, and each identity provider once."""

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from cli.embedded.redis import RedisServer
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
