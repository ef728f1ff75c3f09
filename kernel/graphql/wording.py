"""Descriptions of arguments and enum values (C-25): conventions are worded once here, the rest by each context."""

import inspect
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Final

from graphql import GraphQLEnumType, GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema

from kernel.errors import Refusal

#: arguments that mean the same wherever they stand
CONVENTIONAL_ARGUMENTS: Final[Mapping[str, str]] = {
    "first": "How many from the front, 1 to 100; give either first or last.",
    "after": "Only what follows this cursor; goes with first.",
    "last": "How many from the end, 1 to 100; give either first or last.",
    "before": "Only what precedes this cursor; goes with last.",
    "where": "Only what fits all given conditions.",
    "orderBy": "How the list is sorted; ties are broken by id.",
    "id": "Global id.",
    "input": "What to write.",
    "expectedVersion": "The version the caller has seen; another one is refused with STALE_VERSION.",
    "idempotencyKey": "Chosen by the caller, 1 to 128 characters: the same key and input have one effect.",
}


def describe(schema: GraphQLSchema, words: Mapping[str, str], errors: ModuleType | None) -> None:
    """Fill in missing descriptions of `schema`.

    `words` holds a context's own: argument names, and enum values as `Enum.VALUE`. Codes of refusals are described by
    the first line of their class in the module `errors`.
    """
    own_arguments = {**CONVENTIONAL_ARGUMENTS, **words}
    codes = dict(_codes(errors)) if errors is not None else {}
    for name, kind in schema.type_map.items():
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType) and not name.startswith("__"):
            for field in kind.fields.values():
                for argument_name, argument in field.args.items():
                    argument.description = argument.description or own_arguments.get(argument_name)
        if isinstance(kind, GraphQLEnumType):
            for value_name, value in kind.values.items():
                said = words.get(f"{name}.{value_name}") or codes.get(f"{name}.{value_name}")
                value.description = value.description or said


def _codes(errors: ModuleType) -> Iterator[tuple[str, str]]:
    for _, refusal in inspect.getmembers(errors, inspect.isclass):
        if issubclass(refusal, Refusal) and refusal.__doc__ and refusal.__module__ == errors.__name__:
            yield f"{type(refusal.code).__name__}.{refusal.code}", refusal.__doc__.splitlines()[0]
