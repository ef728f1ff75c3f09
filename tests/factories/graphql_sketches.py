"""Random GraphQL schemas, kept as plain names and SDL type texts so that any library's schema can be made of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from tests.factories.graphql_inputs import InputTypes, random_input, written

#: ordinary names and those that hurt: keywords, builtins, and what generated code may call its own variables
FIELD_NAMES = (
    *("amount", "label", "size", "parts", "owner", "next", "kin", "grid", "id"),
    *("class", "import", "self", "info", "run", "None", "lambda", "source", "o", "p", "context", "print", "dict"),
)
ARGUMENT_NAMES = ("first", "filter", "self", "info", "source", "class", "path", "key", "root", "None", "args")
LEAVES = ("Int", "Float", "String", "Boolean", "ID", "Colour", "Odd")


@dataclass(frozen=True, slots=True)
class ArgumentSketch:
    """`default` is GraphQL text, None for no default."""

    type: str
    default: str | None = None


@dataclass(frozen=True, slots=True)
class FieldSketch:
    """`how` the value is had: default (an attribute), sync, async or mixed (either, by path)."""

    type: str
    how: str
    arguments: Mapping[str, ArgumentSketch] = field(default_factory=dict)


@dataclass(slots=True)
class Sketch:
    """A schema; a type text is as in SDL, like `[Colour!]!`."""

    is_async: bool
    enums: dict[str, tuple[str, ...]] = field(default_factory=dict)
    inputs: dict[str, dict[str, ArgumentSketch]] = field(default_factory=dict)
    one_of: frozenset[str] = frozenset()
    interfaces: dict[str, dict[str, FieldSketch]] = field(default_factory=dict)
    objects: dict[str, dict[str, FieldSketch]] = field(default_factory=dict)
    implements: dict[str, list[str]] = field(default_factory=dict)
    unions: dict[str, list[str]] = field(default_factory=dict)
    #: how the runtime type of a value is found: typename, resolve, resolve_async, is_type_of, is_type_of_async
    dispatch: str = "typename"

    @property
    def input_types(self) -> InputTypes:
        plain = {
            name: {key: (argument.type, argument.default is not None) for key, argument in fields.items()}
            for name, fields in self.inputs.items()
        }
        return InputTypes(self.enums, plain, self.one_of)

    def fields_of(self, type_name: str) -> Mapping[str, FieldSketch]:
        return self.objects.get(type_name) or self.interfaces.get(type_name) or {}

    def possible(self, type_name: str) -> list[str]:
        """The object types that a value of the type may have."""
        if type_name in self.objects:
            return [type_name]
        if type_name in self.unions:
            return self.unions[type_name]
        return [name for name in self.objects if type_name in self.implements.get(name, ())]

    def overlapping(self, type_name: str) -> list[str]:
        """Every composite type that a fragment within the type may name."""
        mine = set(self.possible(type_name))
        everything = (*self.objects, *self.interfaces, *self.unions)
        return [name for name in everything if mine & set(self.possible(name))]

    def is_composite(self, type_name: str) -> bool:
        return type_name in self.objects or type_name in self.interfaces or type_name in self.unions

    def sdl(self) -> str:
        blocks = ["scalar Odd"]
        blocks += [f"enum {name} {{ {' '.join(values)} }}" for name, values in self.enums.items()]
        for name, inputs in self.inputs.items():
            one_of = " @oneOf" if name in self.one_of else ""
            blocks.append(f"input {name}{one_of} {{ {_arguments(inputs)} }}")
        for keyword, types in (("interface", self.interfaces), ("type", self.objects)):
            for name, fields in types.items():
                above = self.implements.get(name)
                implements = f" implements {' & '.join(above)}" if above else ""
                blocks.append(f"{keyword} {name}{implements} {{\n{_fields(fields)}}}")
        blocks += [f"union {name} = {' | '.join(members)}" for name, members in self.unions.items()]
        return "\n\n".join(blocks) + "\n"


def named(type_text: str) -> str:
    """The type without lists and exclamation marks."""
    return type_text.strip("[]!")


def random_sketch(random: Random) -> Sketch:
    """A schema of a few types; half of them know no awaitable, so that order can be compared exactly."""
    sketch = Sketch(is_async=random.random() < 0.5)
    sketch.dispatch = random.choice(
        ("typename", "resolve", "resolve_async", "is_type_of", "is_type_of_async")
        if sketch.is_async
        else ("typename", "resolve", "is_type_of")
    )
    sketch.enums = {"Colour": ("RED", "GREEN", "None_", "class"), "Size": ("S", "M")}
    sketch.one_of = frozenset({"Choice"}) if random.random() < 0.5 else frozenset()
    _add_inputs(sketch, random)
    _add_types(sketch, random)
    return sketch


def _add_inputs(sketch: Sketch, random: Random) -> None:
    sketch.inputs["Inner"] = {}
    sketch.inputs["Inner"] = _random_arguments(sketch, random, ("a", "b", "class"), ("Int", "String", "Size", "Odd"))
    sketch.inputs["Filter"] = _random_arguments(
        sketch, random, ("a", "deep", "self", "colour"), ("Inner", "Int", "[Inner!]", "Colour", "[[Float]]", "ID")
    )
    if sketch.one_of:
        sketch.inputs["Choice"] = {"x": ArgumentSketch("Int"), "y": ArgumentSketch("String")}


def _add_types(sketch: Sketch, random: Random) -> None:
    objects = [f"T{index}" for index in range(random.randint(2, 4))]
    interfaces = [f"I{index}" for index in range(random.randint(0, 2))]
    unions = ["U0"] if random.random() < 0.6 else []
    composites = (*objects, *interfaces, *unions)
    for index, name in enumerate(interfaces):
        sketch.interfaces[name] = _random_fields(sketch, random, composites, 2)
        if index and random.random() < 0.5 and not sketch.interfaces["I0"].keys() & sketch.interfaces[name].keys():
            sketch.implements[name] = ["I0"]
            sketch.interfaces[name].update(sketch.interfaces["I0"])
    for name in objects:
        _add_object(sketch, random, name, composites)
    for name in interfaces:
        if not sketch.possible(name):
            _implement(sketch, random, objects[0], name)
    sketch.unions = {name: sorted(random.sample(objects, random.randint(1, len(objects)))) for name in unions}
    sketch.objects["Query"] = _random_fields(sketch, random, composites, random.randint(3, 6))
    if random.random() < 0.5:
        sketch.objects["Mutation"] = _random_fields(sketch, random, composites, random.randint(2, 4))


def _add_object(sketch: Sketch, random: Random, name: str, composites: Sequence[str]) -> None:
    sketch.objects[name] = _random_fields(sketch, random, composites, random.randint(2, 6))
    for interface in sketch.interfaces:
        if random.random() < 0.5:
            _implement(sketch, random, name, interface)


def _implement(sketch: Sketch, random: Random, name: str, interface: str) -> None:
    above = [*sketch.implements.get(interface, []), interface]
    mine = sketch.implements.get(name, [])
    if any(_conflict(sketch.interfaces[one], sketch.interfaces[other]) for one in above for other in mine):
        return
    wanted = [each for each in above if each not in mine]
    sketch.implements[name] = [*mine, *wanted]
    for each in wanted:
        for key, inherited in sketch.interfaces[each].items():
            stricter = "!" if random.random() < 0.2 and not inherited.type.endswith("!") else ""
            how = random.choice(("default", inherited.how))
            sketch.objects[name][key] = FieldSketch(inherited.type + stricter, how, inherited.arguments)


def _conflict(one: Mapping[str, FieldSketch], other: Mapping[str, FieldSketch]) -> bool:
    return any(one[key] is not other[key] for key in one.keys() & other.keys())


def _random_fields(sketch: Sketch, random: Random, composites: Sequence[str], count: int) -> dict[str, FieldSketch]:
    names = random.sample(FIELD_NAMES, count)
    return {name: _random_field(sketch, random, composites) for name in names}


def _random_field(sketch: Sketch, random: Random, composites: Sequence[str]) -> FieldSketch:
    name = random.choice(LEAVES) if random.random() < 0.6 else random.choice(composites)
    hows = ("default", "default", "sync", "async", "mixed") if sketch.is_async else ("default", "default", "sync")
    arguments: dict[str, ArgumentSketch] = {}
    if random.random() < 0.35:
        names = random.sample(ARGUMENT_NAMES, random.randint(1, 3))
        inputs = (*sketch.inputs, "Int", "Float", "String", "Boolean", "ID", "Colour", "Odd")
        arguments = _random_arguments(sketch, random, names, inputs)
    # attributes take no arguments in most servers, callables among the values do
    how = random.choice(hows) if not arguments or random.random() < 0.3 else random.choice(hows[2:])
    return FieldSketch(_wrapped(random, name), how, arguments)


def _random_arguments(
    sketch: Sketch, random: Random, names: Sequence[str], types: Sequence[str]
) -> dict[str, ArgumentSketch]:
    arguments: dict[str, ArgumentSketch] = {}
    for name in names:
        type_text = random.choice(types)
        wrapped = type_text if type_text.startswith("[") else _wrapped(random, type_text, lists=0.2)
        default = None
        if random.random() < 0.3:
            default = written(random_input(wrapped, sketch.input_types, random, 2))
        arguments[name] = ArgumentSketch(wrapped, default)
    return arguments


def _wrapped(random: Random, name: str, lists: float = 0.3) -> str:
    inner = name + ("!" if random.random() < 0.3 else "")
    while random.random() < lists and inner.count("[") < 3:
        inner = f"[{inner}]" + ("!" if random.random() < 0.3 else "")
        lists = 0.3
    return inner


def _arguments(arguments: Mapping[str, ArgumentSketch]) -> str:
    return ", ".join(
        f"{name}: {argument.type}" + (f" = {argument.default}" if argument.default is not None else "")
        for name, argument in arguments.items()
    )


def _fields(fields: Mapping[str, FieldSketch]) -> str:
    lines = [
        f"  {name}{f'({_arguments(each.arguments)})' if each.arguments else ''}: {each.type}\n"
        for name, each in fields.items()
    ]
    return "".join(lines)
