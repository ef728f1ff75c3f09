"""Look-ups of hosts: shared while they run, remembered when they succeed."""

import asyncio
import socket
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from router.execution.transport.addresses import REMEMBERED_SECONDS, Address, Addresses


def _address(host: str) -> Address:
    return (socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, 80))


_ONE, _TWO = _address("10.0.0.1"), _address("10.0.0.2")


class _Names:
    """A name server that answers as soon as `is_answering`."""

    def __init__(self, *addresses: Address) -> None:
        self.addresses = addresses
        self.asked: list[str] = []
        self.is_answering = asyncio.Event()
        self.is_answering.set()

    async def look_up(self, host: str, _port: int) -> Sequence[Address]:
        self.asked.append(host)
        await self.is_answering.wait()
        if not self.addresses:
            raise socket.gaierror(-3, "later")
        return self.addresses


class _Clock:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1_000.0
        monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: self.now)


async def test_who_asks_for_a_host_that_is_being_looked_up_waits_for_that_look_up():
    names = _Names(_ONE)
    names.is_answering.clear()
    addresses = Addresses(names.look_up)
    asking = [asyncio.create_task(addresses.of("stock", 80)) for _ in range(60)]
    await asyncio.sleep(0)

    names.is_answering.set()

    assert await asyncio.gather(*asking) == [(_ONE,)] * 60
    assert names.asked == ["stock"]


async def test_a_host_is_found_while_another_is_being_looked_up():
    slow, quick = asyncio.Event(), asyncio.Event()

    async def look_up(host: str, _port: int) -> Sequence[Address]:
        await {"slow": slow, "quick": quick}[host].wait()
        return [_ONE]

    addresses = Addresses(look_up)
    quick.set()
    waiting = asyncio.create_task(addresses.of("slow", 80))

    found = await addresses.of("quick", 80)

    assert (found, waiting.done()) == ((_ONE,), False)
    slow.set()
    await waiting


async def test_what_was_found_is_remembered_for_a_while(monkeypatch: pytest.MonkeyPatch):
    names = _Names(_ONE)
    addresses = Addresses(names.look_up)
    clock = _Clock(monkeypatch)
    await addresses.of("stock", 80)

    clock.now += REMEMBERED_SECONDS / 2
    await addresses.of("stock", 80)
    before = len(names.asked)
    clock.now += REMEMBERED_SECONDS / 2
    await addresses.of("stock", 80)

    assert (before, len(names.asked)) == (1, 2)


async def test_what_was_forgotten_is_looked_up_again():
    names = _Names(_ONE)
    addresses = Addresses(names.look_up)
    await addresses.of("stock", 80)
    names.addresses = (_TWO,)

    addresses.forget("stock", 80)

    assert await addresses.of("stock", 80) == (_TWO,)


async def test_each_address_is_the_first_in_turn():
    addresses = Addresses(_Names(_ONE, _TWO).look_up)

    found = [await addresses.of("stock", 80) for _ in range(3)]

    assert found == [(_ONE, _TWO), (_TWO, _ONE), (_ONE, _TWO)]


async def test_who_gives_up_leaves_the_look_up_to_the_others():
    names = _Names(_ONE)
    names.is_answering.clear()
    addresses = Addresses(names.look_up)
    given_up, waiting = (asyncio.create_task(addresses.of("stock", 80)) for _ in range(2))
    await asyncio.sleep(0)

    given_up.cancel()
    await asyncio.sleep(0)
    names.is_answering.set()

    assert (await waiting, names.asked, given_up.cancelled()) == ((_ONE,), ["stock"], True)


async def test_a_failure_is_everybodys_own_and_not_remembered():
    names = _Names()
    addresses = Addresses(names.look_up)

    first, second = await asyncio.gather(*(addresses.of("stock", 80) for _ in range(2)), return_exceptions=True)
    names.addresses = (_ONE,)

    assert [repr(first), repr(second)] == ["gaierror(-3, 'later')"] * 2
    assert first is not second
    assert await addresses.of("stock", 80) == (_ONE,)


def test_another_event_loop_does_not_wait_for_a_look_up_of_the_last_one():
    names = _Names(_ONE)
    names.is_answering.clear()
    addresses = Addresses(names.look_up)

    async def give_up() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(addresses.of("stock", 80), 0)

    async def ask() -> Sequence[Address]:
        names.is_answering.set()
        return await addresses.of("stock", 80)

    asyncio.run(give_up())

    assert asyncio.run(ask()) == (_ONE,)


async def test_an_address_is_its_own():
    assert await Addresses().of("127.0.0.1", 80) == ((socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 80)),)


class _Resolver:
    """The system's: it finds `quick.test`, has no `nowhere.test`, and hangs over every other name."""

    def __init__(self) -> None:
        self.may_answer = threading.Event()
        self.asked: list[str] = []
        self.answered: list[str] = []

    def getaddrinfo(self, host: str, _port: int, *_: Any, flags: int = 0, **__: Any) -> Sequence[Address]:
        if flags & socket.AI_NUMERICHOST:
            raise socket.gaierror(socket.EAI_NONAME, "a name")
        self.asked.append(host)
        if host == "nowhere.test":
            raise socket.gaierror(socket.EAI_NONAME, "nobody")
        if host != "quick.test":
            self.may_answer.wait(30)
        self.answered.append(host)
        return [_ONE]


@pytest.fixture(name="resolver")
def _resolver(monkeypatch: pytest.MonkeyPatch) -> Iterator[_Resolver]:
    resolver = _Resolver()
    monkeypatch.setattr(socket, "getaddrinfo", resolver.getaddrinfo)
    yield resolver
    resolver.may_answer.set()


async def test_a_resolver_that_hangs_leaves_the_threads_of_the_loop_and_other_hosts_alone(resolver: _Resolver):
    loop = asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(1))
    addresses = Addresses()
    waiting = [asyncio.create_task(addresses.of(f"slow-{number}.test", 80)) for number in range(40)]
    await asyncio.sleep(0)

    async with asyncio.timeout(10):
        in_a_thread = await asyncio.to_thread(lambda: "free")
        found = await addresses.of("quick.test", 80)

    still_waiting = [task.done() for task in waiting].count(False)
    resolver.may_answer.set()
    assert (in_a_thread, found, still_waiting) == ("free", (_ONE,), 40)
    assert await asyncio.gather(*waiting) == [(_ONE,)] * 40


async def test_a_resolver_that_hangs_has_one_thread_for_each_host(resolver: _Resolver):
    addresses = Addresses()
    for _ in range(5):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(addresses.of("slow.test", 80), 0.001)

    assert resolver.asked == ["slow.test"]
    resolver.may_answer.set()
    assert await addresses.of("slow.test", 80) == (_ONE,)


async def test_a_host_that_the_resolver_does_not_know_is_nowhere(resolver: _Resolver):
    with pytest.raises(socket.gaierror, match="nobody"):
        await Addresses().of("nowhere.test", 80)

    assert resolver.asked == ["nowhere.test"]


def test_a_loop_that_ends_does_not_wait_for_a_resolver_that_hangs(resolver: _Resolver):
    async def give_up() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(Addresses().of("slow.test", 80), 0.001)

    asyncio.run(give_up())

    assert (resolver.asked, resolver.answered) == (["slow.test"], [])


async def test_a_look_up_that_gets_no_thread_finds_nobody(resolver: _Resolver, monkeypatch: pytest.MonkeyPatch):
    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)

    with pytest.raises(OSError, match="can't start new thread"):
        await Addresses().of("quick.test", 80)

    assert resolver.asked == []
