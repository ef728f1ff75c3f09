"""A served supergraph file that changes: the new graph takes over without dropping a request, a broken one does not."""

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import REGISTRY

from kernel.subgraph import GraphQLRequest
from router.app import reloader_of
from router.gateway import Router
from router.reloading import Reloader
from router.settings import RouterSettings
from tests.factories.federation import FederatedGraph, World
from tests.factories.wires import Wire, http_answer, listening

_WORLD = World(computed={"Query.old": lambda _: 1, "Query.new": lambda _: 2})
_OLD = "type Query { old: Int }"
_NEW = "type Query { old: Int new: Int }"


class _Served:
    """A file, the router that follows it, and the subgraph behind."""

    def __init__(self, path: Path, wire: Wire) -> None:
        self.path = path
        self.wire = wire
        self.publish(_OLD)
        self.reloader: Reloader = reloader_of(RouterSettings(operation_seconds=5), path)

    def publish(self, sdl: str) -> None:
        graph = FederatedGraph(_WORLD, {"catalog": sdl})
        self.write(graph.supergraph_sdl.replace("http://catalog.invalid/graphql", self.wire.url))

    def write(self, text: str) -> None:
        """As a deployment does it: a file of its own, moved over the old one."""
        beside = self.path.with_suffix(".tmp")
        beside.write_text(text)
        beside.replace(self.path)

    @property
    def router(self) -> Router:
        return self.reloader.endpoint.router

    async def ask(self, query: str) -> Any:
        return (await self.router.execute(GraphQLRequest(query), {})).body


def _reloads(outcome: str) -> float:
    return REGISTRY.get_sample_value("router_supergraph_reloads_total", {"outcome": outcome}) or 0.0


def _plans(result: str) -> float:
    return REGISTRY.get_sample_value("router_plan_cache_total", {"result": result}) or 0.0


def _warmed() -> float:
    return REGISTRY.get_sample_value("router_plans_warmed_total") or 0.0


@pytest.fixture(name="running")
async def _running(tmp_path: Path) -> AsyncIterator[_Served]:
    both = FederatedGraph(_WORLD, {"catalog": _NEW})
    async with listening(Wire(both.subgraphs["catalog"])) as wire:
        running = _Served(tmp_path / "supergraph.graphql", wire)
        yield running
        await running.reloader.close()


async def test_a_new_supergraph_takes_over_with_the_connections_there_are(running):
    before = _reloads("taken")
    await running.ask("{ old }")
    running.publish(_NEW)

    await running.reloader.look()

    assert await running.ask("{ old new }") == {"data": {"old": 1, "new": 2}}
    assert _reloads("taken") == before + 1
    assert running.wire.connections == 1


async def test_a_file_that_stays_as_it_is_is_not_read_again(running):
    router = running.router

    await running.reloader.look()

    assert running.router is router


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("type Query {", "SUPERGRAPH_SYNTAX"),
        ("type Query { new: Int }", "SUPERGRAPH_NOT_COMPOSED"),
        ("\x00", "SUPERGRAPH_SYNTAX"),
        (None, "SUPERGRAPH_UNREADABLE"),
    ],
)
async def test_a_broken_file_changes_nothing_and_is_told_once(running, caplog, text, code):
    before = _reloads("refused")
    if text is None:
        running.path.unlink()
    else:
        running.write(text)

    with caplog.at_level(logging.ERROR):
        await running.reloader.look()
        await running.reloader.look()

    assert await running.ask("{ old }") == {"data": {"old": 1}}
    assert code in caplog.text
    assert _reloads("refused") == before + 1


async def test_after_a_broken_file_the_next_good_one_is_taken(running):
    running.write("broken")
    await running.reloader.look()
    running.publish(_NEW)

    await running.reloader.look()

    assert await running.ask("{ new }") == {"data": {"new": 2}}


async def test_the_plans_that_are_used_most_are_made_before_a_new_supergraph_takes_over(running):
    for query in ("{ old }", "{ old a: old }", "{ old a: old }"):
        await running.ask(query)
    running.publish(_NEW)

    await running.reloader.look()
    missed = _plans("miss")
    await running.ask("{ old }")
    await running.ask("{ old a: old }")

    assert _plans("miss") == missed
    await running.ask("{ old new }")
    assert _plans("miss") == missed + 1


async def test_an_operation_the_new_graph_does_not_have_keeps_no_other_from_being_planned(running):
    await running.ask("{ old }")
    await running.ask("{ __typename }")
    running.publish("type Query { new: Int }")
    warmed = _warmed()

    await running.reloader.look()

    assert _warmed() == warmed + 1
    assert (await running.ask("{ old }"))["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_an_operation_the_new_router_stumbles_over_does_not_keep_it_from_taking_over(running, monkeypatch):
    await running.ask("{ old }")
    running.publish(_NEW)
    build = running.reloader._build

    def stumbling(text: str, present: Router) -> Router:
        following = build(text, present)
        monkeypatch.setattr(following, "plan_ahead", lambda *_: {}["a bug"])
        return following

    running.reloader._build = stumbling
    before = _reloads("taken")

    await running.reloader.look()

    assert _reloads("taken") == before + 1
    assert await running.ask("{ new }") == {"data": {"new": 2}}


async def test_a_request_that_is_under_way_ends_with_the_graph_it_began_with(running):
    begun, may_end = asyncio.Event(), asyncio.Event()

    async def wait(wire: Wire, body: bytes, writer: asyncio.StreamWriter) -> None:
        if b"old" in body:
            begun.set()
            await may_end.wait()
        writer.write(http_answer(await wire.graph_answer(body)))

    running.wire.respond = wait
    request = asyncio.create_task(running.ask("{ old }"))
    await begun.wait()
    running.publish("type Query { new: Int }")

    await running.reloader.look()
    now = await running.ask("{ new }")
    may_end.set()

    assert now == {"data": {"new": 2}}
    assert await request == {"data": {"old": 1}}


async def test_a_subgraph_that_moved_is_reached_at_its_new_place(running):
    async with listening(Wire(running.wire._subgraph)) as elsewhere:
        running.wire = elsewhere
        running.publish(_NEW)

        await running.reloader.look()

        assert await running.ask("{ new }") == {"data": {"new": 2}}
        assert elsewhere.connections == 1


async def test_the_file_is_looked_at_again_and_again(running):
    seen: asyncio.Queue[str] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def build(text: str, present: Router) -> Router:
        loop.call_soon_threadsafe(seen.put_nowait, text)
        return present

    running.reloader._build = build
    watching = asyncio.create_task(running.reloader.watch(0.001))

    running.write("one")
    first = await asyncio.wait_for(seen.get(), 10)
    running.write("another")
    second = await asyncio.wait_for(seen.get(), 10)
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)

    assert (first, second) == ("one", "another")


async def test_the_file_is_followed_whatever_a_look_raises(running, caplog):
    seen: asyncio.Queue[str] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    before = _reloads("failed")

    def build(text: str, present: Router) -> Router:
        loop.call_soon_threadsafe(seen.put_nowait, text)
        if text == "one":
            raise KeyError(text)
        return present

    running.reloader._build = build
    with caplog.at_level(logging.ERROR):
        watching = asyncio.create_task(running.reloader.watch(0.001))
        running.write("one")
        await asyncio.wait_for(seen.get(), 10)
        running.write("another")
        second = await asyncio.wait_for(seen.get(), 10)
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)

    assert second == "another"
    assert _reloads("failed") == before + 1
    assert caplog.text.count("supergraph_reload_failed") == 1
