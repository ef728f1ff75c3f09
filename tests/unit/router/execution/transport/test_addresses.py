"""Look-ups of hosts: shared while they run, remembered when they succeed."""

import asyncio
import socket
from collections.abc import Sequence

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
