"""The BFFs against the development provider and a real Redis."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cli.embedded.redis import RedisServer
from tests.factories.bff import POS, WEB, Browser, Face, Journey, journey
from tests.factories.databases import ProvisionedDatabase
from tests.factories.till_graph import TillGraph, till_graph


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


@pytest.fixture(scope="module")
async def shop(
    provisioned_database: ProvisionedDatabase, redis_server: RedisServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[TillGraph]:
    """The POS BFF, twice, over the real router and subgraphs."""
    async with till_graph(
        provisioned_database, redis_server.url_of(2), tmp_path_factory.mktemp("provider"), replicas=2
    ) as built:
        yield built


@pytest.fixture
def state_folder(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def browser(world: Journey) -> Browser:
    return world.browser()
