"""How often somebody may ask: counted for all replicas together, for each session, address and tenant on its own."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bff.session.redis_access import hashed
from cli.embedded.redis import RedisServer
from tests.factories.bff import CASHIER, CSRF, OWNER, POS, Answer, Browser, Face, Journey, journey

HERE = "127.0.0.1"
PROXIED = {"trusted_proxies": ("127.0.0.0/8",)}


@asynccontextmanager
async def limited(
    redis_server: RedisServer, folder: Path, face: Face, *, replicas: int = 1, **settings: Any
) -> AsyncIterator[Journey]:
    """BFFs on a database of their own, so that nobody else's requests count."""
    async with journey(redis_server.url_of(9), folder, face=face, replicas=replicas, **settings) as world:
        await world.parts.redis.flushdb()
        yield world
        await world.parts.redis.flushdb()


def from_address(address: str) -> dict[str, str]:
    return {"x-forwarded-for": address}


async def asked(world: Journey, *, replica: int = 0, browser: Browser | None = None, **options: Any) -> Answer:
    return await (browser or world.browser()).get(f"{world.bffs[replica]}/auth/session", **options)


async def time_passes(world: Journey, seconds: int) -> None:
    """Let every bucket believe that it was last filled so long ago."""
    redis = world.parts.redis
    async for name in redis.scan_iter("bff:*:rate:*"):
        left = await redis.decrby(name, seconds * 1_000_000)
        assert left > 0


def told(answer: Answer) -> Mapping[str, str]:
    return {name.lower(): value for name, value in answer.headers.items() if name.lower().startswith("ratelimit")}


async def test_three_replicas_count_together(redis_server: RedisServer, tmp_path: Path, face: Face):
    async with limited(redis_server, tmp_path, face, replicas=3, rate_per_address="5/hour") as world:
        answers = [await asked(world, replica=number % 3) for number in range(6)]

        assert [answer.status for answer in answers] == [401] * 5 + [429]
        assert answers[5].code == "RATE_LIMITED"
        assert answers[5].headers["retry-after"] == "720"


async def test_every_answer_says_how_the_caller_stands(redis_server: RedisServer, tmp_path: Path, face: Face):
    rates = {"rate_per_address": "100/hour", "rate_of_sign_in": "2/hour"}
    async with limited(redis_server, tmp_path, face, **rates) as world:
        browser = world.browser()
        plain, begun, again, refused = (
            await asked(world),
            await browser.get(f"{world.bff}/auth/login"),
            await browser.get(f"{world.bff}/auth/login"),
            await browser.get(f"{world.bff}/auth/login"),
        )

        assert told(plain) == {
            "ratelimit-policy": '"address";q=100;w=3600',
            "ratelimit": '"address";r=99;t=36',
            "ratelimit-limit": "100",
            "ratelimit-remaining": "99",
            "ratelimit-reset": "36",
        }
        assert begun.headers["ratelimit-policy"] == '"address";q=100;w=3600, "auth-login";q=2;w=3600'
        assert (begun.status, begun.headers["ratelimit-limit"], begun.headers["ratelimit-remaining"]) == (303, "2", "1")
        assert (again.status, again.headers["ratelimit-remaining"]) == (303, "0")
        assert (refused.status, refused.headers["retry-after"]) == (429, "1800")
        assert refused.headers["ratelimit-reset"] == "1800"
        # what one limit refused was not taken from the other
        assert re.findall(r'"address";r=(\d+)', again.headers["ratelimit"] + refused.headers["ratelimit"]) == [
            "97",
            "97",
        ]


async def test_room_comes_back_evenly(redis_server: RedisServer, tmp_path: Path, face: Face):
    async with limited(redis_server, tmp_path, face, rate_per_address="4/hour") as world:
        statuses = [(await asked(world)).status for _ in range(5)]
        await time_passes(world, 1801)
        statuses += [(await asked(world)).status for _ in range(3)]

        assert statuses == [401] * 4 + [429] + [401] * 2 + [429]


async def test_n22_who_claims_another_address_is_counted_for_the_own_one(
    redis_server: RedisServer, tmp_path: Path, face: Face
):
    async with limited(redis_server, tmp_path, face, rate_per_address="2/hour") as world:
        answers = [await asked(world, headers=from_address(f"198.51.100.{number}")) for number in range(3)]

        assert [answer.status for answer in answers] == [401, 401, 429]


async def test_addresses_behind_a_trusted_proxy_are_counted_apart(
    redis_server: RedisServer, tmp_path: Path, face: Face
):
    async with limited(redis_server, tmp_path, face, rate_per_address="1/hour", **PROXIED) as world:
        answers = [
            await asked(world, headers=from_address(text))
            for text in ("198.51.100.1", "198.51.100.2", "198.51.100.1", "1.1.1.1, 198.51.100.2")
        ]

        assert [answer.status for answer in answers] == [401, 401, 429, 429]


async def test_a_noisy_tenant_takes_nothing_from_another(redis_server: RedisServer, tmp_path: Path, face: Face):
    async with limited(redis_server, tmp_path, face, rate_per_tenant="10/hour") as world:
        noisy, colleague = await world.signed_in(CASHIER), await world.signed_in(OWNER)
        neighbour = await world.signed_in("owner@sakura.example")
        while (await asked(world, browser=noisy)).status != 429:
            pass

        refused = await asked(world, browser=colleague)
        assert (refused.status, refused.code) == (429, "RATE_LIMITED")
        assert '"tenant";r=0' in refused.headers["ratelimit"]
        assert (await asked(world, browser=neighbour)).status == 200
        assert (await asked(world)).status == 401


async def test_tenants_and_sessions_have_buckets_of_their_own(redis_server: RedisServer, tmp_path: Path, face: Face):
    async with limited(redis_server, tmp_path, face, rate_per_session="6/hour") as world:
        first, second = await world.signed_in(CASHIER), await world.signed_in(CASHIER)
        while (await asked(world, browser=first)).status != 429:
            pass

        assert (await asked(world, browser=second)).status == 200


async def test_made_up_sessions_leave_nothing_in_redis(redis_server: RedisServer, tmp_path: Path, face: Face):
    async with limited(redis_server, tmp_path, face, rate_per_address="100/hour") as world:
        for number in range(3):
            await asked(world, headers={"cookie": f"{world.session_cookie}=made-up-{number}"})

        kept = [name.decode() async for name in world.parts.redis.scan_iter("*")]
        assert kept == [f"bff:{face.kind}:rate:address:{hashed(HERE)}"]


async def test_no_key_names_a_session_a_person_or_an_address(redis_server: RedisServer, tmp_path: Path, face: Face):
    generous = {f"rate_per_{whose}": "1000/hour" for whose in ("session", "address", "tenant")}
    async with limited(redis_server, tmp_path, face, **generous) as world:
        browser = await world.signed_in(CASHIER)
        await asked(world, browser=browser)
        session = await world.session_of(browser)

        names = [name.decode() async for name in world.parts.redis.scan_iter("*:rate:*")]
        kinds = {name.split(":")[3] for name in names}
        secrets = (browser.cookies[world.session_cookie], str(session.tenant_id), session.subject, HERE)
        assert kinds >= {"session", "address", "tenant"}
        assert [name for name in names if any(secret in name for secret in secrets)] == []


@pytest.mark.parametrize(
    ("path", "limit"),
    [("/device/token", "device"), ("/device/redeem", "device"), ("/till/switch", "till-switch")],
)
async def test_devices_and_pins_are_limited_tighter(redis_server: RedisServer, tmp_path: Path, path: str, limit: str):
    rates = {"rate_of_devices": "1/hour", "rate_of_switches": "1/hour"}
    async with limited(redis_server, tmp_path, POS, **rates) as world:
        answers = [await world.browser().post(f"{world.bff}{path}", json={}, headers=CSRF) for _ in range(2)]

        assert [answer.status for answer in answers] == [400, 429]
        assert f'"{limit}";q=1;w=3600' in answers[0].headers["ratelimit-policy"]


@pytest.mark.parametrize("path", ["/auth/callback", "/auth/backchannel-logout"])
async def test_what_the_provider_leads_to_is_limited_tighter(
    redis_server: RedisServer, tmp_path: Path, face: Face, path: str
):
    rates = {"rate_of_sign_in": "1/hour", "rate_of_backchannel_logout": "1/hour"}
    async with limited(redis_server, tmp_path, face, **rates) as world:
        answers = [await world.browser().get(f"{world.bff}{path}") for _ in range(2)]

        assert [answer.status for answer in answers] == [400, 429]
        assert f'"{path[1:].replace("/", "-")}";q=1;w=3600' in answers[0].headers["ratelimit-policy"]


async def test_n46_probes_and_assets_are_never_limited_and_nothing_passes_as_one(
    redis_server: RedisServer, tmp_path: Path, face: Face
):
    async with limited(redis_server, tmp_path, face, rate_per_address="1/hour") as world:
        await asked(world)

        served = [
            await world.browser().get(f"{world.bff}{path}")
            for path in ("/health/live", "/health/ready", "/metrics", "/assets/site.css", "/favicon.ico")
        ]
        refused = [
            await world.browser().get(f"{world.bff}{path}")
            for path in (
                "/health/live/",
                "/health/../auth/session",
                "/assets/../auth/session",
                "//assets/site.css",
                "/auth/session?/assets/",
                "/auth/session;/health/live",
            )
        ]

        assert {answer.status for answer in served} == {200}
        assert [name for answer in served for name in told(answer)] == []
        assert {answer.status for answer in refused} <= {404, 429}
        assert (await asked(world, headers={"user-agent": "kube-probe/1.32"})).status == 429
