"""Schemathesis against the REST endpoints: real web BFF, router, subgraphs and Postgres, a session of the provider."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bff.web.rest.endpoints import ENDPOINTS
from cli.embedded.redis import RedisServer
from tests.factories.databases import ProvisionedDatabase
from tests.factories.rest import RestShop, rest_shop

_CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "missing_required_header",
    "unsupported_method",
    "allow_header_conformance",
    "ignored_auth",
)
_EXAMPLES = 12


@pytest.fixture(scope="module")
async def shop(
    provisioned_database: ProvisionedDatabase, redis_server: RedisServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[RestShop]:
    async with rest_shop(provisioned_database, redis_server.url_of(2), tmp_path_factory.mktemp("rest")) as opened:
        await opened.product("KNOWN")
        yield opened


async def test_the_endpoints_are_as_they_are_described(shop: RestShop, tmp_path: Path):
    (tmp_path / "schemathesis.toml").write_text(f'[auth.openapi.session]\napi_key = "{shop.session_cookie}"\n')
    process = await asyncio.create_subprocess_exec(
        Path(sys.executable).parent / "schemathesis",
        "run",
        f"{shop.world.bff}/api/openapi.json",
        f"--checks={','.join(_CHECKS)}",
        "--phases=examples,coverage,fuzzing",
        f"--max-examples={_EXAMPLES}",
        "--seed=1",
        "--no-color",
        "--exclude-path-regex=^/v1/",
        "--header=x-retail-csrf:1",
        cwd=tmp_path,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output = (await process.communicate())[0].decode()

    assert process.returncode == 0, output[-20_000:]
    assert f"Tested: {len(ENDPOINTS)}\n" in output
