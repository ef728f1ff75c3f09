"""graphql-core's functions that lack type arguments, with the types they have here."""

from collections.abc import Awaitable, Callable
from typing import Any, Final, cast

import graphql
from graphql.execution import executor
from graphql.pyutils import gather_with_cancel, is_awaitable, is_iterable  # pyright: ignore[reportUnknownVariableType]
from graphql.pyutils.is_awaitable import is_async_iterable  # pyright: ignore[reportUnknownVariableType]
from graphql.utilities.coerce_input_value import coerce_input_value  # pyright: ignore[reportUnknownVariableType]

COERCE_INPUT: Final = cast("Callable[[object, object], object]", coerce_input_value)
AWAITABLE: Final = cast("Callable[[object], bool]", is_awaitable)
ITERABLE: Final = cast("Callable[[object], bool]", is_iterable)
ASYNC_ITERABLE: Final = cast("Callable[[object], bool]", is_async_iterable)
GATHER: Final = cast("Callable[..., Awaitable[list[Any]]]", gather_with_cancel)
DEFAULT_TYPE_RESOLVER: Final = cast("Callable[[Any, Any, Any], Any]", executor.default_type_resolver)
DEFAULT_FIELD_RESOLVER: Final = cast("Callable[..., Any]", graphql.default_field_resolver)
EXECUTE: Final = cast("Callable[..., Awaitable[graphql.ExecutionResult] | graphql.ExecutionResult]", graphql.execute)
