"""Which Python classes need no second look: their instances are neither awaitable nor an error nor callable."""

from collections.abc import Mapping
from types import CoroutineType, GeneratorType, NoneType
from typing import Any, Final

from graphql.pyutils import Undefined

#: classes whose instances are plain values; filled by `is_plain`, read by generated code
PLAIN: Final[set[type]] = {bool, bytes, dict, float, int, list, str, tuple}
#: classes whose instances are no mappings, so that fields are attributes; filled by `is_mapping`
OTHER: Final[set[type]] = set()
#: a program that makes classes per request must not fill the memory
_MOST: Final = 10_000
_NEVER: Final = (BaseException, CoroutineType, GeneratorType, NoneType, type(Undefined))
#: attributes that make an instance awaitable or callable, or let it pretend to be
_SUSPECT: Final = frozenset({"__await__", "__call__", "__getattr__", "__getattribute__", "__class__"})


def is_plain(cls: type[Any]) -> bool:
    """Whether no instance of `cls` is awaitable, callable, an exception or null; remembers it if so."""
    if cls in PLAIN:
        return True
    if issubclass(cls, _NEVER) or any(not _SUSPECT.isdisjoint(vars(parent)) for parent in cls.__mro__[:-1]):
        return False
    if len(PLAIN) < _MOST:
        PLAIN.add(cls)
    return True


def is_remembered(cls: type[Any]) -> bool:
    """Whether `cls` is plain and among those kept, so that others may keep it, too."""
    return is_plain(cls) and cls in PLAIN


def is_mapping(value: object) -> bool:
    """Whether graphql-core's default resolver looks up keys in it; remembers classes of which it reads attributes."""
    if isinstance(value, Mapping):
        return True
    if len(OTHER) < _MOST:
        OTHER.add(type(value))
    return False


def class_of(value: object) -> type[Any]:
    """The class an object really has."""
    return type(value)
