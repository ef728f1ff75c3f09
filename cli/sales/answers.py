"""Typed access to JSON answers of the graph."""

from collections.abc import Mapping

from kernel.money import Money
from kernel.subgraph import JsonObject, JsonValue


class UnexpectedAnswer(Exception):
    """The graph answered something that its schema does not promise."""


def node(parent: Mapping[str, JsonValue], *path: str) -> JsonObject:
    """The object at `path`."""
    value: JsonValue = dict(parent)
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    if not isinstance(value, dict):
        raise UnexpectedAnswer(f"no object at {'.'.join(path)}")
    return value


def optional_node(parent: Mapping[str, JsonValue], name: str) -> JsonObject | None:
    """The object at `name`, or None when it is null."""
    return None if parent.get(name) is None else node(parent, name)


def nodes(parent: Mapping[str, JsonValue], *path: str) -> list[JsonObject]:
    """The objects of the list at `path`."""
    holder = node(parent, *path[:-1])
    value = holder.get(path[-1])
    if not isinstance(value, list):
        raise UnexpectedAnswer(f"no list at {'.'.join(path)}")
    return [item for item in value if isinstance(item, dict)]


def text(parent: Mapping[str, JsonValue], name: str) -> str:
    """The text at `name`."""
    value = parent.get(name)
    if not isinstance(value, str):
        raise UnexpectedAnswer(f"no text at {name}")
    return value


def number(parent: Mapping[str, JsonValue], name: str) -> int:
    """The whole number at `name`."""
    value = parent.get(name)
    if not isinstance(value, int):
        raise UnexpectedAnswer(f"no number at {name}")
    return value


def minor(parent: Mapping[str, JsonValue], name: str) -> int:
    """The money at `name`, in minor units."""
    money = node(parent, name)
    return Money.parse(text(money, "amount"), text(money, "currencyCode")).minor
