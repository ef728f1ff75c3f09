"""How long sessions live and how they end, against a real Redis: security.md N28, N37, N38, N42."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from redis.asyncio import Redis

from bff.session.model import Session, epoch_seconds
from bff.session.redis_access import connect
from bff.session.sealing import Sealer
from bff.session.store import Lifetimes, LogoutOrder, ReplayedToken, SessionEndedMeanwhile, SessionStore

ISSUER = "https://issuer.test/realms/retailflow"
IDLE, ABSOLUTE = 100, 1000


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    client = connect(redis_url)
    yield client
    await client.aclose()


@pytest.fixture
def namespace() -> str:
    return secrets.token_hex(4)


@pytest.fixture
def store(redis: Redis, namespace: str) -> SessionStore:
    return SessionStore(redis, Sealer(bytes(32)), Lifetimes(IDLE, ABSOLUTE), namespace=namespace)


def a_session(*, sid: str | None = "sid-1", subject: str = "user-1", issuer: str = ISSUER, **changes) -> Session:
    now = epoch_seconds()
    return replace(
        Session(
            issuer=issuer,
            subject=subject,
            provider_session_id=sid,
            username="someone",
            name="Some One",
            roles=("cashier",),
            tenant_id=None,
            store_ids=(),
            access_token="access",
            access_expires_at=now + 300,
            refresh_token="refresh",
            refresh_expires_at=now + ABSOLUTE,
            id_token="id",
            id_token_issued_at=now,
            started_at=now,
            ends_at=now + ABSOLUTE,
        ),
        **changes,
    )


def an_order(*, sid: str | None = "sid-1", subject: str | None = "user-1", issuer: str = ISSUER) -> LogoutOrder:
    return LogoutOrder(issuer, secrets.token_hex(8), epoch_seconds(), sid, subject)


async def seconds_left(redis: Redis, namespace: str) -> int:
    (key,) = await redis.keys(f"bff:{namespace}:session:*")
    return await redis.ttl(key)


async def test_n28_an_idle_session_ends(store: SessionStore, redis: Redis, namespace: str):
    await store.start(a_session())

    assert IDLE - 2 <= await seconds_left(redis, namespace) <= IDLE


async def test_n28_activity_prolongs_the_session(store: SessionStore, redis: Redis, namespace: str):
    session_id = await store.start(a_session())
    (key,) = await redis.keys(f"bff:{namespace}:session:*")
    await redis.expire(key, 5)

    assert await store.find(session_id) is not None

    assert await seconds_left(redis, namespace) > IDLE - 2


@pytest.mark.parametrize("limit", ["ends_at", "refresh_expires_at"])
async def test_n28_activity_never_passes_the_absolute_end_or_the_refresh_tokens(
    store: SessionStore, redis: Redis, namespace: str, limit: str
):
    session_id = await store.start(a_session(**{limit: epoch_seconds() + 20}))

    assert await store.find(session_id) is not None
    assert await store.replace(session_id, a_session(**{limit: epoch_seconds() + 20}))

    assert 17 <= await seconds_left(redis, namespace) <= 20


async def test_n28_a_session_past_its_absolute_end_is_dead_though_redis_still_has_it(store: SessionStore):
    session_id = await store.start(a_session())
    assert await store.replace(session_id, a_session(ends_at=epoch_seconds() - 1))

    assert await store.find(session_id) is None


async def test_n37_a_thousand_sessions_of_one_provider_session_end_at_once(store: SessionStore):
    ids = [await store.start(a_session()) for _ in range(1000)]
    other = await store.start(a_session(sid="sid-2"))

    ended = await store.end_by_provider(an_order())

    assert ended == 1000
    assert [one for one in ids if await store.find(one)] == []
    assert await store.find(other) is not None


async def test_n38_a_subject_ends_everywhere_but_nobody_else(store: SessionStore):
    own = [await store.start(a_session(sid=sid)) for sid in ("sid-1", "sid-2", None)]
    others = [
        await store.start(a_session(subject="user-2", sid="sid-3")),
        await store.start(a_session(issuer="https://other.test", sid="sid-1")),
    ]

    ended = await store.end_by_provider(an_order(sid=None))

    assert ended == 3
    assert [one for one in own if await store.find(one)] == []
    assert len([one for one in others if await store.find(one)]) == 2


async def test_n39_a_logout_of_one_session_can_end_all_of_the_subject(store: SessionStore):
    own = [await store.start(a_session(sid=sid)) for sid in ("sid-1", "sid-2")]

    await store.end_by_provider(an_order(sid="sid-1"), all_of_subject=True)

    assert [one for one in own if await store.find(one)] == []


async def test_a_replayed_order_ends_nothing(store: SessionStore):
    order = an_order()
    await store.end_by_provider(order)
    later = await store.start(a_session(id_token_issued_at=epoch_seconds() + 1))

    with pytest.raises(ReplayedToken):
        await store.end_by_provider(order)

    assert await store.find(later) is not None


async def test_a_session_is_not_started_after_its_logout(store: SessionStore):
    await store.end_by_provider(an_order())

    with pytest.raises(SessionEndedMeanwhile):
        await store.start(a_session())


async def test_n42_a_reborn_provider_session_can_sign_in(store: SessionStore):
    await store.end_by_provider(an_order())

    session_id = await store.start(a_session(id_token_issued_at=epoch_seconds() + 1))

    assert await store.find(session_id) is not None


async def test_an_ended_session_cannot_be_replaced(store: SessionStore):
    session_id = await store.start(a_session())
    await store.end(session_id)

    assert not await store.replace(session_id, a_session())
    assert await store.find(session_id) is None


async def test_a_session_sealed_with_another_key_or_moved_is_nobodys(store: SessionStore, redis: Redis, namespace: str):
    one, other = await store.start(a_session()), await store.start(a_session(subject="user-2"))
    keys = await redis.keys(f"bff:{namespace}:session:*")
    sealed = [await redis.get(key) for key in keys]
    await redis.set(keys[0], sealed[1])
    stranger = SessionStore(redis, Sealer(b"x" * 32), Lifetimes(IDLE, ABSOLUTE), namespace=namespace)

    found = [await store.find(one), await store.find(other)]

    assert len([session for session in found if session]) == 1
    assert [await stranger.find(one), await stranger.find(other)] == [None, None]


async def test_a_session_outlives_a_change_of_the_key_and_is_sealed_with_the_new_one_when_it_is_renewed(
    store: SessionStore, redis: Redis, namespace: str
):
    lifetimes = Lifetimes(IDLE, ABSOLUTE)
    changed = SessionStore(redis, Sealer(b"n" * 32, bytes(32)), lifetimes, namespace=namespace)
    after = SessionStore(redis, Sealer(b"n" * 32), lifetimes, namespace=namespace)
    session_id = await store.start(a_session())

    found = await changed.find(session_id)
    assert found is not None
    assert await changed.replace(session_id, found)

    assert await after.find(session_id) == found
    assert await store.find(session_id) is None


async def test_a_claim_belongs_to_one_and_is_given_back_by_its_owner_only(store: SessionStore):
    claim = await store.try_lock("session", 10)
    assert claim is not None

    await store.unlock("session", "somebody else's")
    assert await store.try_lock("session", 10) is None
    await store.unlock("session", claim)

    assert await store.try_lock("session", 10) is not None


async def test_ten_thousand_sessions_of_one_person_are_listed_in_part_and_all_ended(store: SessionStore):
    for _ in range(100):
        await asyncio.gather(*(store.start(a_session(subject="busy")) for _ in range(100)))
    newest = await store.start(a_session(subject="busy"))
    bystander = await store.start(a_session(subject="user-2"))
    session = await store.find(newest)
    assert session is not None

    shown = await store.of_person(session)
    ended = await store.end_of_person(session)

    assert len(shown) == 100
    assert len(ended) == 10_001
    assert await store.of_person(session) == []
    assert await store.find(bystander) is not None
