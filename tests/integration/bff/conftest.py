"""The BFF against the development provider and a real Redis."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cli.embedded.redis import RedisServer
from tests.factories.web_bff import Browser, Journey, journey


@pytest.fixture(scope="session")
def redis_url(redis_server: RedisServer) -> str:
    return redis_server.url_of(2)


@pytest.fixture(scope="module")
async def world(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Journey]:
    async with journey(redis_url, tmp_path_factory.mktemp("provider")) as built:
        yield built


@pytest.fixture
def state_folder(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def browser(world: Journey) -> Browser:
    return world.browser()
