"""Where a request comes from: the connection's other end, or what trusted proxies say about the one before them."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

from starlette.types import Scope

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_FORWARDED_FOR: Final = b"x-forwarded-for"
# what one household, shop or server is given; single addresses of it are free to change
_IPV6_PREFIX: Final = 64


def client_address(scope: Scope, trusted_proxies: Sequence[Network]) -> Address | None:
    """The nearest address that is no trusted proxy's; None if the server does not know its peer.

    `X-Forwarded-For` is read from the right, where the nearest proxy wrote: what clients put in is further left, behind
    the first address that nobody vouches for, and is never reached. Text that is no address ends the reading.
    """
    peer = scope.get("client")
    address = _parsed(peer[0]) if peer else None
    if address is None or not _is_trusted(address, trusted_proxies):
        return address
    for written in reversed(_forwarded_for(scope)):
        before = _parsed(written)
        if before is None:
            return address
        address = before
        if not _is_trusted(address, trusted_proxies):
            return address
    return address


def counted_as(address: Address | None) -> str:
    """The name under which requests of an address are counted: IPv6 by its /64 network."""
    if isinstance(address, IPv6Address):
        return str(ip_network((address, _IPV6_PREFIX), strict=False))
    return str(address) if address is not None else "unknown"


def _forwarded_for(scope: Scope) -> list[str]:
    sent: list[str] = [value.decode("latin-1") for name, value in scope["headers"] if name == _FORWARDED_FOR]
    return [written for line in sent for written in line.split(",")]


def _parsed(text: str) -> Address | None:
    bare = text.strip()
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        # some proxies add the port
        bare = bare.partition(":")[0]
    try:
        address = ip_address(bare.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _is_trusted(address: Address, trusted_proxies: Sequence[Network]) -> bool:
    return any(address in network for network in trusted_proxies)
