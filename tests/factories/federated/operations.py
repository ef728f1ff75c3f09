"""Random operations over any schema, from one random number generator."""

import re
from random import Random
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_composite_type,
    is_required_argument,
)

_MAX_ITEMS = 45
_CONDITIONS = tuple(
    f" @{directive}(if: {value})"
    for directive in ("include", "skip")
    for value in ("$yes", "$no", "$usual", "$rare", "true")
)
VARIABLES: dict[str, Any] = {
    "yes": True,
    "no": False,
    "n": 3,
    "filter": {"text": "t", "shade": "DARK", "inner": {"any": {"deep": [1, None]}}},
    "shade": "LIGHT",
    "ids": ["1", "2"],
    "any": {"of": [[], {"__typename": "None"}, 1.5]},
    "grid": [[1, None], None, []],
}
#: variables nobody sets, and what they are then
DEFAULTS = {"usual": True, "rare": False}
_DECLARED = {
    "yes": "Boolean!",
    "no": "Boolean!",
    "usual": "Boolean = true",
    "rare": "Boolean! = false",
    "n": "Int!",
    "m": "Int = 2",
    "filter": "Filter",
    "shade": "Shade",
    "unset": "Shade",
    "text": 'String = "usual"',
    "ids": "[ID!]",
    "any": "Blob",
    "grid": "[[Int]]",
}
_FILTERS = (
    '{ text: "x", shade: LIGHT }',
    "{ text: $text, shade: $unset }",
    "{ inner: { shade: $shade, any: $any } }",
    "{ text: null, inner: { inner: { any: { deep: [$n, {}], flat: DARK } }, shade: $unset } }",
)
_LITERALS = {
    "shade": ("DARK", "LIGHT", "null"),
    "ids": ('["1"]', '["a", "b"]', '"c"', "[]"),
    "any": ('"text"', "[1, null, { a: [2.5] }]", "{ is: true, n: $n }", "null"),
    "grid": ("[[1, 2], [null]]", "[[$n], null]", "[[]]", "4"),
    "filter": _FILTERS,
}
_INTROSPECTION = (
    "__schema { queryType { name } types { name kind } }",
    '__type(name: "E0") { name fields { name args { name defaultValue } type { kind ofType { name } } } }',
    '__type(name: "Nobody") { name }',
)
Composite = GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType


class Operations:
    """Writes one operation."""

    def __init__(self, rng: Random, schema: GraphQLSchema) -> None:
        self._rng = rng
        self._schema = schema
        self._items = 0
        self._fragments: dict[str, str] = {}
        self._by_type: dict[str, list[str]] = {}
        self._numbers: dict[str, int] = {}
        self._meanings: dict[tuple[str, str], str] = {}

    def write(self) -> str:
        """An operation; it declares the variables of `VARIABLES`."""
        rng, schema = self._rng, self._schema
        is_mutation = schema.mutation_type is not None and rng.random() < 0.3
        root = schema.mutation_type if is_mutation else schema.query_type
        assert root is not None
        body = self._selection(root, rng.randint(2, 5))
        fragments = " ".join(f"fragment {name} {text}" for name, text in self._fragments.items())
        text = f"{{ {body} }} {fragments}"
        declared = ", ".join(f"${name}: {kind}" for name, kind in _DECLARED.items() if re.search(rf"\${name}\b", text))
        kind = "mutation" if is_mutation else "query"
        return f"{kind} Q{f'({declared})' if declared else ''} {text}"

    def _selection(self, parent: Composite, depth: int) -> str:
        count = self._rng.choice((1, 2, 2, 3, 3, 4))
        return " ".join(self._item(parent, depth) for _ in range(count))

    def _item(self, parent: Composite, depth: int) -> str:
        self._items += 1
        kind = self._rng.random()
        if parent is self._schema.query_type and kind < 0.02:
            return f"{self._rng.choice(('', 'about: '))}{self._rng.choice(_INTROSPECTION)}"
        if self._items > _MAX_ITEMS or depth < 0 or kind < 0.07:
            return self._rng.choice(("__typename", "__typename", "t: __typename"))
        if kind < 0.2 or isinstance(parent, GraphQLUnionType):
            return self._inline(parent, depth)
        if kind < 0.28:
            return self._spread(parent, depth)
        return self._field(parent, depth)

    def _field(self, parent: GraphQLObjectType | GraphQLInterfaceType, depth: int) -> str:
        usable = sorted(name for name, item in parent.fields.items() if depth > 0 or not _is_composite(item))
        if not usable:
            return "__typename"
        composites = [name for name in usable if _is_composite(parent.fields[name])]
        name = self._rng.choice(composites if composites and self._rng.random() < 0.4 else usable)
        item = parent.fields[name]
        arguments = self._arguments(item)
        named = get_named_type(item.type)
        below = f" {{ {self._selection(named, depth - 1)} }}" if is_composite_type(named) else ""
        return f"{self._alias(parent, name, item, arguments)}{name}{arguments}{self._condition()}{below}"

    def _condition(self) -> str:
        return self._rng.choice(_CONDITIONS) if self._rng.random() < 0.15 else ""

    def _alias(self, parent: GraphQLNamedType, name: str, item: GraphQLField, arguments: str) -> str:
        chance = self._rng.random()
        if chance < 0.08:
            return self._rng.choice(("id: ", "code: ", "ref: ", "_0_id: ", "a: ", "b: "))
        if chance < 0.2:
            # one response key for fields of different types that return the same type
            alias = f"as_{re.sub(r'[^A-Za-z0-9]', '', str(item.type).replace('!', '0').replace('[', '1'))}"
            if self._meanings.setdefault((parent.name, alias), name + arguments) == name + arguments:
                return f"{alias}: "
        if chance < 0.3 or (arguments and chance < 0.7):
            number = self._numbers[name] = self._numbers.get(name, 0) + 1
            return f"{name}_{number}: "
        return ""

    def _arguments(self, item: GraphQLField) -> str:
        chosen = [
            f"{name}: {self._value(name, argument.type)}"
            for name, argument in item.args.items()
            if is_required_argument(argument) or self._rng.random() < 0.5
        ]
        return f"({', '.join(chosen)})" if chosen else ""

    def _value(self, name: str, type_: GraphQLInputType) -> str:
        rng = self._rng
        if isinstance(type_, GraphQLNonNull):
            return rng.choice(("$n", "$m", *map(str, range(5))))
        if name in VARIABLES and rng.random() < 0.4:
            return f"${name}"
        return rng.choice(_LITERALS[name]) if name in _LITERALS else str(rng.randint(0, 3))

    def _inline(self, parent: Composite, depth: int) -> str:
        if self._rng.random() < 0.1:
            return f"...{self._condition()} {{ {self._selection(parent, depth - 1)} }}"
        target = self._rng.choice(self._targets(parent))
        return f"... on {target.name}{self._condition()} {{ {self._selection(target, depth - 1)} }}"

    def _spread(self, parent: Composite, depth: int) -> str:
        target = self._rng.choice(self._targets(parent))
        known = self._by_type.setdefault(target.name, [])
        if known and self._rng.random() < 0.4:
            return f"...{self._rng.choice(known)}{self._condition()}"
        name = f"F{len(self._fragments)}"
        self._fragments[name] = ""
        self._fragments[name] = f"on {target.name} {{ {self._selection(target, depth - 1)} }}"
        known.append(name)
        return f"...{name}{self._condition()}"

    def _targets(self, parent: Composite) -> list[Composite]:
        """Types a fragment may name here: possible types, the type itself and interfaces that overlap."""
        schema = self._schema
        if isinstance(parent, GraphQLObjectType):
            return [parent, *sorted(parent.interfaces, key=_name)]
        possible = sorted(schema.get_possible_types(parent), key=_name)
        interfaces = {item.name: item for member in possible for item in member.interfaces}
        itself = [] if isinstance(parent, GraphQLUnionType) else [parent]
        return [*possible, *itself, *(interfaces[name] for name in sorted(interfaces))]


def _is_composite(item: GraphQLField) -> bool:
    return is_composite_type(get_named_type(item.type))


def _name(item: GraphQLNamedType) -> str:
    return item.name
