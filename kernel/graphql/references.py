"""How the router's references to entities are answered: by key, each kind of key in one batch (security.md §0.3).

An entity declares `references`, one per key: tuples of `reference`, or of `stub` where its data live elsewhere.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Concatenate, Final, TypeAlias, cast
from uuid import UUID

from graphql import FieldNode, OperationDefinitionNode, parse
from strawberry.federation.schema_directives import External, Key
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.info import Info
from strawberry.utils.str_converters import to_camel_case, to_snake_case

from kernel.errors import BadUserInput
from kernel.graphql.execution import Batch, selected_columns
from kernel.graphql.execution.sources import ContextT, KeyT, Load, LoadedT
from kernel.ids import GlobalId

MAX_REPRESENTATIONS: Final = 1000
Representation: TypeAlias = Mapping[str, object]


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """One key of an entity, and how entities are found by it."""

    fields: tuple[str, ...]
    load: Load[Any, None, Any, Any] | None
    parse: Callable[..., Hashable]
    to: Callable[..., object]
    to_reads: frozenset[str]


def natural_key(value: object) -> str:
    """A key that is a text.

    Raises:
        BadUserInput: it is not, or no column can hold it: other keys of its batch are still found.
    """
    if not isinstance(value, str) or "\0" in value:
        raise BadUserInput("a key is a text")
    return value


def id_of(type_name: str) -> Callable[[object], UUID]:
    """Reads global ids of one type."""

    def read(value: object) -> UUID:
        return GlobalId.decode(natural_key(value), expected_type=type_name).uuid

    return read


def reference(
    key: str,
    load: Load[ContextT, None, KeyT, LoadedT],
    *,
    to: Callable[Concatenate[LoadedT, ...], object],
    parse: Callable[..., KeyT] = natural_key,
    to_reads: Iterable[str] = (),
) -> Reference:
    """An entity that is read by this key; null when it is not found.

    Args:
        key: field set of the key, like `id`, in the graph's names.
        load: keys, each once, to what was found; `Batch.columns` are those selected of this entity.
        to: what was found, as the graph shows it; values of `@external` fields come as keyword arguments.
        parse: the values of the key's fields, in order, as a key.
        to_reads: attributes of what was found that `to` itself looks at.
    """
    return Reference(tuple(key.split()), load, parse, to, frozenset(to_reads))


def stub(
    key: str, *, to: Callable[Concatenate[KeyT, ...], object], parse: Callable[..., KeyT] = natural_key
) -> Reference:
    """An entity whose own data live elsewhere: made of its key (`to(key)`), for any key, without reading."""
    return Reference(tuple(key.split()), None, parse, to, frozenset())


@dataclass(slots=True)
class _Wanted:
    """References that are answered together."""

    places: list[int] = field(default_factory=list[int])
    keys: list[Hashable] = field(default_factory=list[Hashable])
    external: list[dict[str, object]] = field(default_factory=list[dict[str, object]])


class Entity:
    """An entity type with its references."""

    def __init__(self, definition: StrawberryObjectDefinition) -> None:
        self.name = definition.name
        self._references: Sequence[Reference] = getattr(definition.origin, "references", ())
        self._external = frozenset(
            each.graphql_name or to_camel_case(each.python_name)
            for each in definition.fields
            if any(isinstance(directive, External) for directive in each.directives)
        )
        self._known = self._external.union(*(each.fields for each in self._references))
        self._check(definition)

    def read(self, representation: Representation) -> tuple[Reference, Hashable, dict[str, object]]:
        """Which reference a representation is, its key, and the values of external fields by Python name.

        Raises:
            BadUserInput: no key of this entity, or a field that nobody asked for.
        """
        given = representation.keys() - {"__typename"}
        for one in self._references:
            if given.issuperset(one.fields):
                break
        else:
            raise BadUserInput("not a key of this entity")
        if not given <= self._known:
            raise BadUserInput("not a key of this entity")
        key = one.parse(*(representation[name] for name in one.fields))
        external = {to_snake_case(name): representation[name] for name in given & self._external}
        return one, key, external

    def _check(self, definition: StrawberryObjectDefinition) -> None:
        declared = {frozenset(each.fields) for each in self._references}
        for directive in definition.directives or ():
            if isinstance(directive, Key) and _field_names(str(directive.fields)) not in declared:
                raise TypeError(f"entity {definition.name} has no reference for its key {directive.fields}")


class Entities:
    """The entities of one schema."""

    def __init__(self, definitions: Iterable[StrawberryObjectDefinition]) -> None:
        self._entities = {definition.name: Entity(definition) for definition in definitions}

    async def find(self, info: Info[Any, Any], representations: Sequence[object]) -> list[object]:
        """Each representation's entity, null, or its own error, in order; one load per type and key.

        Raises:
            BadUserInput: too many representations.
        """
        if len(representations) > MAX_REPRESENTATIONS:
            raise BadUserInput(f"at most {MAX_REPRESENTATIONS} representations", field=("representations",))
        answers: list[object] = [None] * len(representations)
        groups: dict[tuple[str, Reference], _Wanted] = {}
        for place, item in enumerate(representations):
            try:
                entity, one, key, external = self._read(item)
            except Exception as error:  # noqa: BLE001 - reported in this representation's own place
                answers[place] = error
                continue
            wanted = groups.setdefault((entity.name, one), _Wanted())
            wanted.places.append(place)
            wanted.keys.append(key)
            wanted.external.append(external)
        for (type_name, one), wanted in groups.items():
            found = await _found(info, type_name, one, wanted.keys)
            for place, key, external in zip(wanted.places, wanted.keys, wanted.external, strict=True):
                answers[place] = _shown(one, found, key, external)
        return answers

    def _read(self, item: object) -> tuple[Entity, Reference, Hashable, dict[str, object]]:
        if not isinstance(item, Mapping):
            raise BadUserInput("a representation is an object")
        representation = cast("Representation", item)
        entity = self._entities.get(str(representation.get("__typename")))
        if entity is None:
            raise BadUserInput("no such entity here")
        return (entity, *entity.read(representation))


async def _found(
    info: Info[Any, Any], type_name: str, one: Reference, keys: Sequence[Hashable]
) -> Mapping[Hashable, object]:
    """What was found by the keys; an error of the whole batch is the error of every key."""
    if one.load is None:
        return {key: key for key in keys}
    batch = Batch(info.context, selected_columns(info, type_name) | one.to_reads, None)
    try:
        return await one.load(batch, list(dict.fromkeys(keys)))
    except Exception as error:  # noqa: BLE001 - representations of other types have their answers
        return dict.fromkeys(keys, error)


def _shown(one: Reference, found: Mapping[Hashable, object], key: Hashable, external: dict[str, object]) -> object:
    loaded = found.get(key)
    if loaded is None or isinstance(loaded, Exception):
        return loaded
    try:
        return one.to(loaded, **external)
    except Exception as error:  # noqa: BLE001 - reported in this representation's own place
        return error


def entity_definitions(types: Iterable[object]) -> list[StrawberryObjectDefinition]:
    """Those of the definitions that are entities which this subgraph resolves."""
    return [
        definition
        for definition in types
        if isinstance(definition, StrawberryObjectDefinition)
        and any(isinstance(each, Key) and each.resolvable is not False for each in definition.directives or ())
    ]


def _field_names(field_set: str) -> frozenset[str]:
    operation = cast("OperationDefinitionNode", parse(f"{{ {field_set} }}").definitions[0])
    return frozenset(node.name.value for node in operation.selection_set.selections if isinstance(node, FieldNode))
