"""Makes a Strawberry schema of a sketch: writes it as a module, with resolvers, permissions, extensions and views."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from random import Random
from types import ModuleType
from typing import Any, Final

from graphql import GraphQLSchema

from tests.factories.graphql_sketches import ArgumentSketch, FieldSketch, Sketch, named
from tests.factories.graphql_values import Called, Record, Throw, Values
from tests.factories.strawberry_rooms import Key, Raising

PYTHON_TYPES = {"Int": "int", "Float": "float", "String": "str", "Boolean": "bool", "ID": "strawberry.ID"}
_numbers: Final = count()
PROLOGUE = """
import enum
from typing import Annotated, List, NewType, Optional, Union

import strawberry
from strawberry.schema.config import StrawberryConfig

from kernel.graphql.execution import column, computed, relation
from tests.factories.graphql_core_schemas import odd_input, odd_output
from tests.factories.strawberry_rooms import *

Odd = NewType("Odd", object)

@strawberry.enum
class Colour(enum.Enum):
    RED = 1
    GREEN = "green"
    None_ = (1, 2)
    class_ = strawberry.enum_value(2.5, name="class")

@strawberry.enum
class Size(enum.Enum):
    S = "S"
    M = "M"

config = StrawberryConfig(
    scalar_map={Odd: strawberry.scalar(name="Odd", serialize=odd_output, parse_value=odd_input)}
)
load_0, load_1, load_2 = loader("load 0"), loader("load 1"), loader("load 2")
"""


@dataclass(slots=True)
class StrawberryHouse:
    """The schema, and the classes that its objects are of."""

    sketch: Sketch
    source: str
    module: ModuleType
    schema: GraphQLSchema
    views: frozenset[str]

    @classmethod
    def of(cls, sketch: Sketch, random: Random) -> "StrawberryHouse":
        _fit(sketch)
        often = random.choice((0.0, 0.6))
        views = frozenset(name for name in sketch.objects if name.startswith("T") and random.random() < often)
        source = _ModuleWriter(sketch, random, views).write()
        module = ModuleType(f"tests.factories.strawberry_house_{next(_numbers)}")
        sys.modules[module.__name__] = module
        exec(compile(source, module.__name__, "exec"), module.__dict__)
        del sys.modules[module.__name__]
        return cls(sketch, source, module, module.schema._schema, views)

    def values(self, random: Random, rate: float) -> Values:
        enums = {name: {str(each): each for each in getattr(self.module, name)} for name in self.sketch.enums}
        # a view that was read as one type has not the columns of another
        values = Values(self.sketch, random, rate, enums, never_wrong=self.views)

        def put(owner: Any, name: str, value: object) -> None:
            plain = value.value if isinstance(value, Called) else value
            kind = type(owner).__name__
            if kind in self.views and _is_relation(self.sketch.objects[kind][name]):
                # objects of a type mostly have keys of their own; a parent may have none at all
                key: object = Key(f"{kind}.{name}", random.randint(0, 3), plain)
                plain = random.choice((None, Throw(KeyError))) if random.random() < rate else key
            (owner.row if kind in self.views else owner).put(f"{name}_", plain)

        values.fill(self._make, put)
        return values

    def _make(self, name: str) -> Any:
        made = object.__new__(getattr(self.module, name))
        made._raising = {}
        if name in self.views:
            made.row = Record(f"row of {name}")
        return made


def _is_relation(declared: FieldSketch) -> bool:
    """In a view everything that is another object is read for the whole level; and ids, to have leaves among them."""
    name = named(declared.type)
    return name[-1].isdigit() or name == "ID"


def _fit(sketch: Sketch) -> None:
    """Leave out what Strawberry cannot say: most defaults, unions of one, attributes with arguments, `info` as one."""
    members = sorted(name for name in sketch.objects if name.startswith("T"))
    for name, union in sketch.unions.items():
        sketch.unions[name] = union if len(union) > 1 else members
    for fields in sketch.inputs.values():
        for key, argument in fields.items():
            fields[key] = _fit_argument(argument)
    for name, fields in (*sketch.interfaces.items(), *sketch.objects.items()):
        for key, declared in fields.items():
            arguments = {
                each if each != "info" else "inform": _fit_argument(argument)
                for each, argument in declared.arguments.items()
            }
            how = "sync" if declared.how == "default" and arguments else declared.how
            how = "sync" if name in sketch.interfaces else how
            fields[key] = replace(declared, arguments=arguments, how=how)


def _fit_argument(argument: ArgumentSketch) -> ArgumentSketch:
    keeps = named(argument.type) in PYTHON_TYPES and not argument.type.startswith("[")
    return argument if keeps else ArgumentSketch(argument.type)


@dataclass(slots=True)
class _ModuleWriter:
    """Writes the module; `functions` is what stands above the class that is being written."""

    sketch: Sketch
    random: Random
    views: frozenset[str]
    functions: list[str] = field(default_factory=list)

    def write(self) -> str:
        sketch = self.sketch
        parts = [PROLOGUE, *(self._input(name) for name in sketch.inputs)]
        parts += [self._class(name, each) for name, each in (*sketch.interfaces.items(), *sketch.objects.items())]
        for name, members in sketch.unions.items():
            parts.append(f"{name} = Annotated[Union[{', '.join(members)}], strawberry.union('{name}')]")
        mutation = "mutation=Mutation, " if "Mutation" in sketch.objects else ""
        types = ", ".join(name for name in sketch.objects if name.startswith("T"))
        parts.append(f"schema = strawberry.Schema(query=Query, {mutation}types=[{types}], config=config)")
        return "\n\n".join(parts) + "\n"

    def _input(self, name: str) -> str:
        fields = self.sketch.inputs[name].items()
        lines = [f"    {key}_: {_annotation(each.type)} = {_input_field(key, each)}" for key, each in fields]
        one_of = name in self.sketch.one_of
        return "\n".join((f"@strawberry.input(name='{name}', one_of={one_of})", f"class {name}:", *lines))

    def _class(self, name: str, fields: Mapping[str, FieldSketch]) -> str:
        sketch = self.sketch
        above = sketch.implements.get(name, [])
        inherited = {each for other in above for each in sketch.implements.get(other, [])}
        parents = ", ".join([each for each in reversed(above) if each not in inherited] or [Raising.__name__])
        keyword = "interface" if name in sketch.interfaces else "type"
        lines = ["    row: strawberry.Private[object]"] if name in self.views else []
        self.functions = []
        for key, declared in fields.items():
            lines.append(f"    {key}_: {_annotation(declared.type)} = {self._field(name, key, declared)}")
        head = f"@strawberry.{keyword}(name='{name}')\nclass {name}({parents}):"
        return "\n\n".join((*self.functions, "\n".join((head, *lines))))

    def _field(self, name: str, key: str, declared: FieldSketch) -> str:
        if name in self.views and _is_relation(declared):
            return self._relation(name, key, declared)
        if name in self.views and declared.how == "default":
            return self._column(key)
        return self._plain_field(name, key, declared)

    def _relation(self, name: str, key: str, declared: FieldSketch) -> str:
        options = [f"key=key_reader('{key}_'), to=came, reads=('{key}_',)"]
        if declared.arguments:
            given = ", ".join(f"{each}_" for each in declared.arguments)
            self.functions.append(
                f"def arguments_{name}_{key}(*, {_parameters(declared)}):\n    return repr(({given},))"
            )
            options.append(f"arguments=arguments_{name}_{key}")
        if self.random.random() < 0.2:
            options.append("missing=nothing")
        return f"called('{key}', relation(load_{self.random.randint(0, 2)}, {', '.join(options)}))"

    def _column(self, key: str) -> str:
        if self.random.random() < 0.3:
            return f"called('{key}', computed(lambda row: came(row.{key}_), reads=('{key}_',)))"
        return f"called('{key}', column({repr(key + '_') if self.random.random() < 0.5 else ''}))"

    def _plain_field(self, name: str, key: str, declared: FieldSketch) -> str:
        random = self.random
        options = [f"name='{key}'"]
        if declared.how != "default":
            self.functions.append(self._function(name, key, declared))
            options.append(f"resolver=resolve_{name}_{key}")
            if name in self.views:
                options.append(f"metadata=reads('{key}_')")
        if random.random() < (0.05 if declared.how == "default" else 0.15):
            rooms = ("Permitted", "PermittedLater") if declared.how == "async" else ("Permitted",)
            options.append(f"permission_classes=[{random.choice(rooms)}]")
        elif random.random() < (0.03 if declared.how == "default" else 0.15):
            options.append("extensions=[Noted()]")
        return f"strawberry.field({', '.join(options)})"

    def _function(self, name: str, key: str, declared: FieldSketch) -> str:
        parameters = _parameters(declared)
        given = ", ".join(f"'{each}': {each}_" for each in declared.arguments)
        asks_info = self.random.random() < 0.75
        head = ", ".join(
            ["self", *(["info: strawberry.Info"] if asks_info else []), *(["*", parameters] if parameters else [])]
        )
        word, call = {
            "sync": ("def", "answer"),
            "async": ("async def", "await answer_later"),
            "mixed": ("def", "answer_maybe_later"),
        }[declared.how]
        return (
            f"{word} resolve_{name}_{key}({head}) -> {_annotation(declared.type)}:\n"
            f"    return {call}(self, '{key}_', {'info' if asks_info else None}, {{{given}}})"
        )


def _parameters(declared: FieldSketch) -> str:
    return ", ".join(
        f"{each}_: Annotated[{_python_type(argument.type)}, strawberry.argument(name='{each}')]{_default(argument)}"
        for each, argument in declared.arguments.items()
    )


def _input_field(key: str, argument: ArgumentSketch) -> str:
    default = _default(argument).removeprefix(" = ")
    return f"strawberry.field(name='{key}'" + (f", default={default})" if default else ")")


def _default(argument: ArgumentSketch) -> str:
    if argument.default is not None:
        words = {"true": "True", "false": "False", "null": "None"}
        text = words.get(argument.default, argument.default)
        return f" = {float(text)}" if named(argument.type) == "Float" and text != "None" else f" = {text}"
    return "" if argument.type.endswith("!") else " = strawberry.UNSET"


def _annotation(type_text: str) -> str:
    """Of a field, as a string that Strawberry evaluates when all classes are there."""
    return repr(_python_type(type_text))


def _python_type(type_text: str) -> str:
    if not type_text.endswith("!"):
        return f"Optional[{_python_type(type_text + '!')}]"
    inner = type_text[:-1]
    if inner.startswith("["):
        return f"List[{_python_type(inner[1:-1])}]"
    return PYTHON_TYPES.get(inner, inner)
