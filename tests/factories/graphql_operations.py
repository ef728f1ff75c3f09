"""Random operations of a sketched schema, valid by construction except where a case wants wrong inputs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random

from tests.factories.graphql_inputs import VariableUse, random_input, written
from tests.factories.graphql_sketches import FieldSketch, Sketch, named

ALIASES = ("a", "b", "one", "class", "self", "run", "None", "import", "o", "p", "data", "_", "print", "errors", "s1")


@dataclass(frozen=True, slots=True)
class Operation:
    text: str
    variables: dict[str, object]
    name: str | None
    is_mutation: bool


@dataclass(slots=True)
class Entry:
    """What a response key stands for: fields of the same key merge, so they must agree."""

    field: str
    arguments: Mapping[str, str]
    type: str
    below: "Scope"


@dataclass(slots=True)
class Scope:
    """The response keys at one place of the answer, over all fragments that meet there."""

    entries: dict[str, Entry] = field(default_factory=dict)

    def agrees(self, other: "Scope") -> bool:
        return all(
            mine.field == their.field
            and mine.arguments == their.arguments
            and mine.type == their.type
            and mine.below.agrees(their.below)
            for key, their in other.entries.items()
            if (mine := self.entries.get(key)) is not None
        )

    def absorb(self, other: "Scope") -> None:
        for key, their in other.entries.items():
            if key in self.entries:
                self.entries[key].below.absorb(their.below)
            else:
                copy = Scope()
                copy.absorb(their.below)
                self.entries[key] = Entry(their.field, their.arguments, their.type, copy)


@dataclass(slots=True)
class Fragment:
    type: str
    body: str
    scope: Scope


@dataclass(slots=True)
class OperationWriter:
    """Writes one document."""

    sketch: Sketch
    random: Random
    wrong: float
    room: int = 30
    fragments: dict[str, Fragment] = field(default_factory=dict)
    open_fragments: int = 0
    declared: list[str] = field(default_factory=list)
    variables: dict[str, object] = field(default_factory=dict)

    def write(self) -> Operation:
        is_mutation = "Mutation" in self.sketch.objects and self.random.random() < 0.5
        root, keyword = ("Mutation", "mutation") if is_mutation else ("Query", "query")
        body = self.selections(root, 4, Scope())
        header = f"{keyword} Asked" + (f"({', '.join(self.declared)})" if self.declared else "")
        definitions = [f"{header} {body}"]
        definitions += [f"fragment {name} on {each.type} {each.body}" for name, each in self.fragments.items()]
        name = None
        if self.random.random() < 0.15:
            definitions.append("query Other { __typename }")
            name = "Asked"
        if not self.declared and name is None and self.random.random() < 0.3:
            definitions[0] = definitions[0].replace(header, "" if keyword == "query" else keyword, 1).strip()
        self.random.shuffle(definitions)
        return Operation("\n".join(definitions), self.variables, name, is_mutation)

    def selections(self, type_name: str, depth: int, scope: Scope) -> str:
        written_ones = [self._selection(type_name, depth, scope) for _ in range(self.random.randint(1, 5))]
        lines = [each for each in written_ones if each is not None] or ["__typename"]
        return "{ " + " ".join(lines) + " }"

    def _selection(self, type_name: str, depth: int, scope: Scope) -> str | None:
        roll = self.random.random()
        if roll < 0.08:
            return self._introspection(scope) if type_name == "Query" and roll < 0.01 else self._typename(scope)
        if roll < 0.18:
            return self._inline_fragment(type_name, depth, scope)
        if roll < 0.27:
            return self._spread(type_name, depth, scope)
        if roll < 0.35 and scope.entries:
            return self._again(type_name, depth, scope)
        return self._field(type_name, depth, scope)

    def _typename(self, scope: Scope) -> str | None:
        key = self.random.choice(("__typename", "kind", *ALIASES[:4]))
        if key in scope.entries and scope.entries[key].field != "__typename":
            return None
        scope.entries[key] = Entry("__typename", {}, "String!", Scope())
        return ("__typename" if key == "__typename" else f"{key}: __typename") + self._directives()

    def _introspection(self, scope: Scope) -> str | None:
        """The schema is part of the data, too."""
        if scope.entries.keys() & {"__schema", "__type"}:
            return None
        scope.entries["__schema"] = Entry("__schema", {}, "__Schema!", Scope())
        scope.entries["__type"] = Entry("__type", {"name": '"T0"'}, "__Type", Scope())
        fields = "{ name fields(includeDeprecated: true) { name args { defaultValue } type { kind ofType { name } } } }"
        return self.random.choice(
            (f'__type(name: "T0") {fields}', "__schema { queryType { name } types { name kind } }")
        )

    def _field(self, type_name: str, depth: int, scope: Scope) -> str | None:
        fields = self.sketch.fields_of(type_name)
        usable = [
            name
            for name, each in fields.items()
            if (depth > 0 and self.room > 0) or not self.sketch.is_composite(named(each.type))
        ]
        if not usable:
            return self._typename(scope)
        self.room -= 1
        name = self.random.choice(usable)
        declared = fields[name]
        arguments = self._arguments(declared)
        key = self.random.choice(ALIASES) if self.random.random() < 0.3 else name
        if not self._fits(scope, key, Entry(name, arguments, declared.type, Scope())):
            key = f"k{len(scope.entries)}{'_' * self.open_fragments}"
            if not self._fits(scope, key, Entry(name, arguments, declared.type, Scope())):
                return None
        entry = scope.entries.setdefault(key, Entry(name, arguments, declared.type, Scope()))
        return self._written(key, entry, depth)

    @staticmethod
    def _fits(scope: Scope, key: str, wanted: Entry) -> bool:
        there = scope.entries.get(key)
        return there is None or (there.field, there.arguments, there.type) == (
            wanted.field,
            wanted.arguments,
            wanted.type,
        )

    def _again(self, type_name: str, depth: int, scope: Scope) -> str | None:
        """The same response key once more, to be merged."""
        key = self.random.choice(list(scope.entries))
        entry = scope.entries[key]
        if entry.field.startswith("__"):
            return f"{key}: __typename" if entry.field == "__typename" else None
        declared = self.sketch.fields_of(type_name).get(entry.field)
        if (
            declared is None
            or declared.type != entry.type
            or (depth <= 0 and self.sketch.is_composite(named(entry.type)))
        ):
            return None
        return self._written(key, entry, depth)

    def _written(self, key: str, entry: Entry, depth: int) -> str:
        text = entry.field if key == entry.field else f"{key}: {entry.field}"
        if entry.arguments:
            pairs = [f"{name}: {value}" for name, value in entry.arguments.items()]
            self.random.shuffle(pairs)
            text += f"({', '.join(pairs)})"
        text += self._directives()
        if self.sketch.is_composite(named(entry.type)):
            text += " " + self.selections(named(entry.type), depth - 1, entry.below)
        return text

    def _inline_fragment(self, type_name: str, depth: int, scope: Scope) -> str:
        if self.random.random() < 0.2:
            return f"...{self._directives()} {self.selections(type_name, depth, scope)}"
        on = self.random.choice(self.sketch.overlapping(type_name) or [type_name])
        return f"... on {on}{self._directives()} {self.selections(on, depth, scope)}"

    def _spread(self, type_name: str, depth: int, scope: Scope) -> str | None:
        overlapping = self.sketch.overlapping(type_name)
        known = [name for name, each in self.fragments.items() if each.type in overlapping and scope.agrees(each.scope)]
        if known and self.random.random() < 0.6:
            name = self.random.choice(known)
            scope.absorb(self.fragments[name].scope)
            return f"...{name}{self._directives()}"
        if not overlapping or self.open_fragments > 1:
            return None
        on = self.random.choice(overlapping)
        self.open_fragments += 1
        own = Scope()
        body = self.selections(on, min(depth, 2), own)
        self.open_fragments -= 1
        name = f"F{len(self.fragments)}"
        if not scope.agrees(own):
            return None
        self.fragments[name] = Fragment(on, body, own)
        scope.absorb(own)
        return f"...{name}{self._directives()}"

    def _directives(self) -> str:
        if self.random.random() < 0.88:
            return ""
        names = ["skip", "include"] if self.random.random() < 0.2 else [self.random.choice(("skip", "include"))]
        return "".join(f" @{name}(if: {self._condition(name)})" for name in names)

    def _condition(self, name: str) -> str:
        if self.random.random() < 0.4:
            return self.random.choice(("true", "false", "false" if name == "skip" else "true"))
        return f"${self._variable('Boolean!', has_default=False)}"

    def _arguments(self, declared: FieldSketch) -> dict[str, str]:
        arguments: dict[str, str] = {}
        for name, argument in declared.arguments.items():
            required = argument.type.endswith("!") and argument.default is None
            if not required and self.random.random() < 0.35:
                continue
            if self.random.random() < 0.35:
                arguments[name] = f"${self._variable(argument.type, has_default=argument.default is not None)}"
            else:
                value = random_input(argument.type, self.sketch.input_types, self.random, wrong=self.wrong)
                arguments[name] = written(self._with_variables(value))
        return arguments

    def _with_variables(self, value: object) -> object:
        """Put variables in the place of some whole numbers inside lists and objects."""
        if isinstance(value, list):
            return [self._inner(item) for item in value]
        if isinstance(value, dict):
            return {key: self._inner(item) for key, item in value.items()}
        return value

    def _inner(self, value: object) -> object:
        if type(value) is bool and self.random.random() < 0.3:
            return VariableUse(self._variable("Boolean!", has_default=False))
        return self._with_variables(value)

    def _variable(self, type_text: str, *, has_default: bool) -> str:
        """Declare a variable that may stand where the type is wanted, and draw its value or leave it out."""
        random = self.random
        reusable = [
            each.split(":")[0][1:]
            for each in self.declared
            if type_text in (each.split(": ")[1], each.split(": ")[1][:-1])
        ]
        if reusable and random.random() < 0.4:
            return random.choice(reusable)
        name = random.choice(("v", "class", "self", "variables", "x")) + str(len(self.declared))
        own = type_text
        default: object = None
        with_default = random.random() < 0.4
        if own.endswith("!"):
            with_default = with_default or (has_default and random.random() < 0.3)
            default = random_input(own, self.sketch.input_types, random) if with_default else None
            if (with_default and random.random() < 0.7) or (has_default and random.random() < 0.5):
                own = own[:-1]
        else:
            own += "!" if random.random() < 0.3 else ""
            default = random_input(own, self.sketch.input_types, random) if with_default else None
        self.declared.append(f"${name}: {own}" + (f" = {written(default)}" if with_default else ""))
        self._give(name, own, required=own.endswith("!") and not with_default)
        return name

    def _give(self, name: str, type_text: str, *, required: bool) -> None:
        if not required and self.random.random() < 0.4:
            return
        self.variables[name] = random_input(type_text, self.sketch.input_types, self.random, wrong=self.wrong)


def random_operation(sketch: Sketch, random: Random) -> Operation:
    """One operation in twelve carries wrong literals or variables, one in ten is large."""
    wrong = 0.05 if random.random() < 0.08 else 0.0
    return OperationWriter(sketch, random, wrong, room=100 if random.random() < 0.1 else 30).write()
