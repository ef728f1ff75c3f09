"""Which GraphQL documents a BFF sends to the router: graphql.md C-16, security.md §2.1."""

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import orjson
import pytest

from bff.session.trusted_documents import DocumentPolicy
from tests.factories.bff import CASHIER, OWNER, ROOT, Face, Journey, journey

FREE = "{ me { subject } }"


@pytest.fixture
async def strict(face: Face, redis_url: str, tmp_path: Path) -> AsyncIterator[Journey]:
    """A BFF that executes our documents only."""
    async with journey(redis_url, tmp_path, face=face, trusted_documents=DocumentPolicy.ONLY) as built:
        yield built


def documents_of(face: Face) -> dict[str, str]:
    files = sorted((ROOT / "schema" / "operations" / face.kind).glob("*.graphql"))
    return {hashlib.sha256(file.read_bytes()).hexdigest(): file.read_text() for file in files}


async def test_every_document_of_ours_is_executed_by_its_hash(strict: Journey):
    browser = await strict.signed_in(CASHIER)

    for digest, text in documents_of(strict.face).items():
        answer = await strict.graphql(browser, json={"documentId": f"sha256:{digest}", "variables": {"first": 1}})

        assert answer.status == 200, answer.text
        assert orjson.loads(strict.router.requests[-1][1]) == {"query": text, "variables": {"first": 1}}


async def test_other_documents_are_refused_before_the_router_sees_them(strict: Journey):
    browser = await strict.signed_in(CASHIER)
    before = len(strict.router.requests)
    digest = hashlib.sha256(FREE.encode()).hexdigest()
    apollo = {"persistedQuery": {"version": 1, "sha256Hash": digest}}

    text = await strict.graphql(browser, json={"query": FREE})
    registered = await strict.graphql(browser, json={"query": FREE, "extensions": apollo})
    hashed = await strict.graphql(browser, json={"extensions": apollo})

    assert [(answer.status, answer.code) for answer in (text, registered, hashed)] == [
        (403, "DOCUMENT_NOT_TRUSTED"),
        (403, "DOCUMENT_NOT_TRUSTED"),
        (404, "PERSISTED_QUERY_NOT_FOUND"),
    ]
    assert len(strict.router.requests) == before


async def test_a_document_of_ours_is_of_no_use_without_a_session_or_the_header(strict: Journey):
    (digest, *_) = documents_of(strict.face)
    body = {"documentId": f"sha256:{digest}"}
    before = len(strict.router.requests)

    stranger = await strict.graphql(strict.browser(), json=body)
    forged = await (await strict.signed_in(CASHIER)).post(f"{strict.bff}/graphql", json=body)

    assert (stranger.status, forged.status, forged.code) == (401, 403, "CSRF_HEADER_REQUIRED")
    assert len(strict.router.requests) == before


async def test_whoever_may_explore_the_graph_asks_what_they_like(strict: Journey):
    browser = await strict.signed_in(OWNER)

    answer = await strict.graphql(browser, json={"query": FREE})

    assert answer.json()["data"]["me"]["username"] == OWNER


async def test_on_a_laptop_free_documents_and_hashes_both_work(world: Journey):
    browser = await world.signed_in(CASHIER)
    (digest, *_) = documents_of(world.face)

    free = await world.graphql(browser, json={"query": FREE})
    named = await world.graphql(browser, json={"extensions": {"persistedQuery": {"version": 1, "sha256Hash": digest}}})
    unknown = await world.graphql(browser, json={"documentId": "sha256:00"})

    assert [answer.status for answer in (free, named)] == [200, 200]
    assert (unknown.status, unknown.code) == (404, "PERSISTED_QUERY_NOT_FOUND")
