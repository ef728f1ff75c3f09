"""The BFFs against the development provider and a real Redis."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cli.embedded.redis import RedisServer
from tests.factories.bff import POS, WEB, Browser, Face, Journey, journey


@pytest.fixture(scope="session")
def redis_url(redis_server: RedisServer) -> str:
    return redis_server.url_of(2)


@pytest.fixture(scope="module", params=[WEB, POS], ids=lambda face: face.kind)
def face(request: pytest.FixtureRequest) -> Face:
    """Both BFFs pass the same tests of what they share."""
    return request.param


@pytest.fixture(scope="module")
async def world(face: Face, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Journey]:
    async with journey(redis_url, tmp_path_factory.mktemp("provider"), face=face) as built:
        yield built


@pytest.fixture
def state_folder(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def browser(world: Journey) -> Browser:
    return world.browser()
