"""graphql-core's untyped functions with the types they have here."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, cast

from graphql.execution import executor
from graphql.pyutils import Undefined, gather_with_cancel, is_awaitable, is_iterable
from graphql.pyutils.is_awaitable import is_async_iterable

AWAITABLE: Final = cast("Callable[[object], bool]", is_awaitable)
ITERABLE: Final = cast("Callable[[object], bool]", is_iterable)
ASYNC_ITERABLE: Final = cast("Callable[[object], bool]", is_async_iterable)
GATHER: Final = cast("Callable[..., Awaitable[list[Any]]]", gather_with_cancel)
DEFAULT_TYPE_RESOLVER: Final = cast("Callable[[Any, Any, Any], Any]", executor.default_type_resolver)
#: values that mean null
NULLS: Final[Sequence[object]] = (None, Undefined)
