"""A random graph's subgraph: knows only its own schema, and complains of whatever a real one could not answer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    FieldNode,
    GraphQLSchema,
    InlineFragmentNode,
    SelectionSetNode,
    build_schema,
    execute_sync,
    parse,
    validate,
)

from kernel.subgraph import GraphQLRequest, JsonObject, JsonValue
from tests.factories.federated.model import OBJECTS, FieldModel, GraphModel, Part
from tests.factories.federated.printing import executable_sdl, subgraph_sdl
from tests.factories.federated.world import Thing, World, field_set


class Unanswerable(Exception):
    """Something was asked that this subgraph cannot know."""


@dataclass(slots=True)
class Known:
    """An object as the subgraph has it in hand: what a parent provides of it, or what represents it."""

    thing: Thing
    provided: Sequence[SelectionSetNode] = ()
    representation: Mapping[str, Any] | None = None


@dataclass(slots=True)
class Answering:
    """One subgraph over the world; `disturbed` are the operations it has not answered well."""

    name: str
    graph: GraphModel
    world: World
    requests: list[GraphQLRequest] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    disturbed: set[str] = field(default_factory=set)
    is_down: bool = False
    garble: Callable[[JsonValue], JsonValue] | None = None
    sdl: str = ""
    schema: GraphQLSchema = field(default_factory=GraphQLSchema)
    _types: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.sdl = subgraph_sdl(self.graph, self.name)
        self.schema = build_schema(executable_sdl(self.graph, self.name))
        self._types = {alias: root for root, alias in self.graph.root_names.get(self.name, {}).items()}

    async def startup(self) -> None:
        pass

    async def shutdown(self) -> None:
        pass

    async def execute(self, request: GraphQLRequest, _headers: Mapping[str, str]) -> JsonObject:
        self.requests.append(request)
        if self.is_down:
            self.disturbed.add(request.query)
            raise TimeoutError
        document = parse(request.query)
        errors = validate(self.schema, document)
        if errors:
            self._complain(f"invalid operation: {errors[0].message}: {request.query}")
            return {"errors": [{"message": errors[0].message}]}
        self._check_variables(request)
        result = execute_sync(
            self.schema,
            document,
            variable_values=dict(request.variables or {}),
            field_resolver=self._resolve,
            type_resolver=self._type_of,
        )
        answer: JsonObject = result.formatted  # type: ignore[assignment]
        told = answer if self.garble is None else {key: self.garble(value) for key, value in answer.items()}
        if result.errors or repr(told) != repr(answer):
            self.disturbed.add(request.query)
        return told

    def _type_of(self, known: Known, _info: Any, abstract: Any) -> str:
        if abstract.name == "_Entity" and known.representation is not None:
            named = str(known.representation["__typename"])
            if self.name in self.graph.types[named].interface_object_in:
                return named
        return known.thing.type_name

    def _complain(self, text: str) -> None:
        self.complaints.append(f"{self.name}: {text}")

    def _check_variables(self, request: GraphQLRequest) -> None:
        for value in (request.variables or {}).values():
            if isinstance(value, list) and value and self._is_representation(value[0]):
                texts = [repr(item) for item in value]
                if len(texts) != len(set(texts)):
                    self._complain(f"duplicate representations: {value}")

    def _is_representation(self, value: Any) -> bool:
        return isinstance(value, dict) and isinstance(value.get("__typename"), str)

    def _resolve(self, known: Known | None, info: Any, **arguments: Any) -> Any:
        try:
            return self._answer(known, info, arguments)
        except Unanswerable as error:
            self._complain(f"{error} in {self.requests[-1].query} {self.requests[-1].variables}")
            raise

    def _answer(self, known: Known | None, info: Any, arguments: Mapping[str, Any]) -> Any:
        if info.field_name == "_entities":
            return [self._entity(item) for item in arguments["representations"]]
        type_name = self._types.get(info.parent_type.name, info.parent_type.name)
        known = known or Known(Thing(type_name, 0))
        role = self.graph.types[type_name].fields[info.field_name].roles[self.name]
        value = self._value(known, type_name, info.field_name, arguments)
        if info.operation.operation.value == "mutation" and type_name == "Mutation":
            self.world.journal.append(info.field_name)
        return self._handed(value, self._provided(known, info.field_name, role.provides))

    def _provided(self, known: Known, name: str, provides: str | None) -> Sequence[SelectionSetNode]:
        below = [
            node.selection_set
            for selection in known.provided
            for node in self._nodes(selection, known.thing.type_name)
            if node.name.value == name and node.selection_set is not None
        ]
        return [*below, field_set(provides)] if provides else below

    def _nodes(self, selection: SelectionSetNode, type_name: str) -> list[FieldNode]:
        found: list[FieldNode] = []
        for node in selection.selections:
            if isinstance(node, FieldNode):
                found.append(node)
            elif isinstance(node, InlineFragmentNode) and self.world.is_a(type_name, node.type_condition.name.value):
                found.extend(self._nodes(node.selection_set, type_name))
        return found

    def _handed(self, value: Any, provided: Sequence[SelectionSetNode]) -> Any:
        if isinstance(value, list):
            return [self._handed(item, provided) for item in value]
        return Known(value, provided) if isinstance(value, Thing) else value

    def _value(self, known: Known, type_name: str, name: str, arguments: Mapping[str, Any]) -> Any:
        model = self.graph.types[type_name].fields[name]
        role = model.roles[self.name]
        if role.part is Part.OVERRIDDEN:
            raise Unanswerable(f"{type_name}.{name} is overridden")
        if model.is_key:
            return self.world.value(known.thing, name, arguments)
        if role.part is Part.EXTERNAL:
            is_provided = any(
                node.name.value == name
                for given in known.provided
                for node in self._nodes(given, known.thing.type_name)
            )
            if not is_provided:
                raise Unanswerable(f"{type_name}.{name} is external")
            return self.world.value(known.thing, name, arguments)
        if role.requires is None:
            return self.world.value(known.thing, name, arguments)
        return self._from_representation(known, model, arguments)

    def _from_representation(self, known: Known, model: FieldModel, arguments: Mapping[str, Any]) -> Any:
        if known.representation is None:
            raise Unanswerable(f"{known.thing.type_name}.{model.name} needs a representation")
        self.world.fail(known.thing.type_name, model.name)
        requires = field_set(str(model.roles[self.name].requires))
        required = self._read(requires, known.representation)
        return self.world.computed(known.thing, model, arguments, required)

    def _read(self, selection: SelectionSetNode | None, value: Any) -> Any:
        if isinstance(value, list):
            return [self._read(selection, item) for item in value]
        if selection is None or value is None:
            return value
        found: dict[str, Any] = {}
        for node in selection.selections:
            if isinstance(node, InlineFragmentNode):
                if self._is_told(value, node.type_condition.name.value):
                    found |= self._read(node.selection_set, value)
            elif isinstance(node, FieldNode):
                name = node.name.value
                if name not in value:
                    raise Unanswerable(f"the representation {value} lacks {name}")
                found[name] = self._read(node.selection_set, value[name])
        return found

    def _is_told(self, value: Mapping[str, Any], condition: str) -> bool:
        if "__typename" not in value:
            raise Unanswerable(f"the representation does not say of what type {value} is")
        return self.world.is_a(value["__typename"], condition)

    def _entity(self, representation: Mapping[str, Any]) -> Known | None:
        type_name = representation.get("__typename")
        model = self.graph.types.get(str(type_name))
        keys = [key for key in model.keys.get(self.name, ()) if key.is_resolvable] if model else []
        if model is None or not keys:
            raise Unanswerable(f"{type_name} is no entity here")
        names = model.all_members or [model.name]
        for key in keys:
            wanted = self._key_of(representation, field_set(key.fields))
            if wanted is None:
                continue
            for thing in (Thing(name, number) for name in names for number in range(OBJECTS)):
                if self.world.project(thing, field_set(key.fields)) == wanted:
                    is_absent = thing.number in model.absent.get(self.name, ())
                    return None if is_absent else Known(thing, (), representation)
            return None
        raise Unanswerable(f"{representation} has no key")

    def _key_of(self, representation: Mapping[str, Any], selection: SelectionSetNode) -> dict[str, Any] | None:
        found: dict[str, Any] = {}
        for node in selection.selections:
            value = representation.get(node.name.value)
            if node.selection_set is not None and value is not None:
                value = self._key_of(value, node.selection_set)
            if value is None:
                return None
            found[node.name.value] = value
        return found
