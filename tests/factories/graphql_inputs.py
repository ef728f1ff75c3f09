"""Random GraphQL input values: as literals of a document and as the JSON of variables."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

TEXTS = ("", "plain", 'quo"te', "line\nbreak", "back\\slash", "ünï😀", "__class__", "'); import os #", "\u2028", "null")


class EnumName(str):
    """The name of an enum's value: bare in a document, a string in JSON."""

    __slots__ = ()


class VariableUse(str):
    """A variable within a literal."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class InputTypes:
    """What is known of enums and input objects: field name → (type text, has a default)."""

    enums: Mapping[str, tuple[str, ...]]
    inputs: Mapping[str, Mapping[str, tuple[str, bool]]]
    one_of: frozenset[str]


def random_input(type_text: str, types: InputTypes, random: Random, depth: int = 3, *, wrong: float = 0.0) -> object:
    """A value for the type; `wrong` is the probability of each value to be of another type."""
    if random.random() < wrong:
        return random.choice((None, "wrong", 1.5, 2**40, [], {}, True, -1, -(2**31) - 1, {"no": "field"}))
    if not type_text.endswith("!"):
        if random.random() < 0.12:
            return None
    else:
        type_text = type_text[:-1]
    if type_text.startswith("["):
        item = type_text[1:-1]
        if random.random() < 0.1:
            # one value stands for a list of one; null does not, and a list is taken for the outer one
            only = random_input(item, types, random, depth, wrong=wrong)
            return [] if only is None else [only] if isinstance(only, list) else only
        return [random_input(item, types, random, depth, wrong=wrong) for _ in range(random.randint(0, 2))]
    if type_text in types.inputs:
        return _random_object(type_text, types, random, depth, wrong=wrong)
    return _random_leaf(type_text, types, random, depth)


def _random_object(name: str, types: InputTypes, random: Random, depth: int, *, wrong: float) -> dict[str, object]:
    fields = types.inputs[name]
    if name in types.one_of:
        key = random.choice(list(fields))
        return {key: random_input(fields[key][0] + "!", types, random, depth - 1, wrong=wrong)}
    chosen = [
        key
        for key, (type_text, has_default) in fields.items()
        if (type_text.endswith("!") and not has_default) or (depth > 0 and random.random() < 0.6)
    ]
    random.shuffle(chosen)
    return {key: random_input(fields[key][0], types, random, depth - 1, wrong=wrong) for key in chosen}


LEAVES: dict[str, tuple[object, ...]] = {
    "Int": (0, 1, -1, 7, 2**31 - 1, -(2**31)),
    "Float": (0.0, -0.0, 1.5, -2, 1e300, 3, 1e-7),
    "String": TEXTS,
    "Boolean": (True, False),
    "ID": ("7", 7, "x-1", 0, "", 2**60),
}


def _random_leaf(name: str, types: InputTypes, random: Random, depth: int) -> object:
    if name in types.enums:
        return EnumName(random.choice(types.enums[name]))
    return random.choice(LEAVES[name]) if name in LEAVES else _random_odd(random, depth) or 5


def _random_odd(random: Random, depth: int) -> object:
    """A value of the custom scalar, which takes anything but minus one."""
    if depth > 0 and random.random() < 0.2:
        return [_random_odd(random, depth - 1) for _ in range(random.randint(0, 2))]
    if depth > 0 and random.random() < 0.2:
        return {key: _random_odd(random, depth - 1) for key in random.sample(("a", "b", "class"), random.randint(0, 2))}
    return random.choice((0, 3, 1.5, "text", True, None, 'quo"te', EnumName("BARE")))


def written(value: object) -> str:
    """The value as GraphQL text."""
    match value:
        case EnumName():
            return str(value)
        case VariableUse():
            return f"${value}"
        case str():
            return json.dumps(value, ensure_ascii=False)
        case list():
            return f"[{', '.join(written(item) for item in value)}]"
        case dict():
            return f"{{{', '.join(f'{key}: {written(item)}' for key, item in value.items())}}}"
        case _:
            return json.dumps(value)
