"""Who a request is counted for, whatever it says of itself: security.md N22."""

from ipaddress import ip_address, ip_network

import pytest

from bff.session.client_address import client_address, counted_as

PROXIES = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))


def scope(peer: str | None, *forwarded: str) -> dict[str, object]:
    headers = [(b"host", b"shop.example"), *((b"x-forwarded-for", line.encode()) for line in forwarded)]
    return {"type": "http", "client": (peer, 50_000) if peer else None, "headers": headers}


@pytest.mark.parametrize("peer", ["127.0.0.1", "203.0.113.9", "::1"])
def test_n22_without_trusted_proxies_only_the_connection_counts(peer: str):
    assert client_address(scope(peer, "198.51.100.7"), ()) == ip_address(peer)


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("203.0.113.9", ["198.51.100.7"], "203.0.113.9"),
        ("10.0.0.1", ["198.51.100.7"], "198.51.100.7"),
        ("10.0.0.1", ["198.51.100.7, 10.0.0.2"], "198.51.100.7"),
        ("10.0.0.1", ["1.1.1.1, 198.51.100.7, 10.0.0.2, 10.0.0.3"], "198.51.100.7"),
        ("10.0.0.1", ["1.1.1.1", "198.51.100.7", "10.0.0.2"], "198.51.100.7"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["10.0.0.3,10.0.0.2"], "10.0.0.3"),
        ("10.0.0.1", ["198.51.100.7:4711"], "198.51.100.7"),
        ("fd00::1", ["[2001:db8::7]:4711"], "2001:db8::7"),
        ("::ffff:10.0.0.1", ["2001:db8::7"], "2001:db8::7"),
        ("10.0.0.1", ["198.51.100.7, evil"], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.7, "], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.7, 10.0.0.0/8, 10.0.0.2"], "10.0.0.2"),
    ],
)
def test_n22_proxies_are_believed_from_the_right_as_far_as_they_are_trusted(
    peer: str, forwarded: list[str], expected: str
):
    assert client_address(scope(peer, *forwarded), PROXIES) == ip_address(expected)


def test_a_server_without_a_peer_counts_all_as_one():
    assert counted_as(client_address(scope(None, "198.51.100.7"), PROXIES)) == "unknown"


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("2001:db8:0:7::1", "2001:db8:0:7::/64"),
        ("2001:db8:0:7:ffff::2", "2001:db8:0:7::/64"),
        ("2001:db8:0:8::1", "2001:db8:0:8::/64"),
    ],
)
def test_addresses_of_one_ipv6_network_count_as_one(address: str, name: str):
    assert counted_as(ip_address(address)) == name
