"""What a random federated graph consists of: types, their fields, and the part each subgraph plays in them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """Kinds of composite types."""

    ENTITY = "entity"
    VALUE = "value"
    INTERFACE = "interface"
    UNION = "union"


class Part(StrEnum):
    """What a subgraph has to do with a field."""

    OWN = "own"
    EXTERNAL = "external"
    OVERRIDDEN = "overridden"


@dataclass(slots=True)
class Role:
    """A field as one subgraph declares it."""

    part: Part
    requires: str | None = None
    provides: str | None = None
    override_from: str | None = None
    override_label: str | None = None
    is_inaccessible: bool = False
    is_stricter: bool = False
    has_extra_argument: bool = False


#: the name of arguments filled from a context
GIVEN = "given"


@dataclass(frozen=True, slots=True)
class Contextual:
    """The argument `GIVEN` of a field: its type, the context, and the field of each type that sets it."""

    type_text: str
    context: str
    chosen: Mapping[str, str]

    @property
    def selection(self) -> str:
        """The field set of `@fromContext`."""
        names = set(self.chosen.values())
        if len(names) == 1:
            return f"${self.context} {{ {names.pop()} }}"
        texts = [f"... on {type_name} {{ {name} }}" for type_name, name in self.chosen.items()]
        return f"${self.context} {' '.join(texts)}"


@dataclass(slots=True)
class FieldModel:
    """A field: its type is `wrap` around `named`; `roles` by subgraph."""

    name: str
    named: str
    wrap: str = "%s"
    arguments: Mapping[str, str] = field(default_factory=dict)
    null_chance: float = 0.0
    roles: dict[str, Role] = field(default_factory=dict)
    is_key: bool = False
    is_provided: bool = False
    contextual: Contextual | None = None

    @property
    def owners(self) -> list[str]:
        return [name for name, role in self.roles.items() if role.part is Part.OWN]

    @property
    def givers(self) -> list[str]:
        """The subgraphs that own the field, or may provide it."""
        return [name for name, role in self.roles.items() if role.part is Part.OWN or self._may_provide(role)]

    def _may_provide(self, role: Role) -> bool:
        return self.is_provided and role.part is Part.EXTERNAL

    @property
    def requires(self) -> str | None:
        return next((role.requires for role in self.roles.values() if role.requires), None)

    @property
    def type_text(self) -> str:
        return self.wrap % self.named


@dataclass(slots=True)
class Key:
    """A `@key` of a type in one subgraph."""

    fields: str
    is_resolvable: bool = True


@dataclass(slots=True)
class TypeModel:
    """A composite type and where it is declared.

    Attributes:
        keys: of an entity (or an interface with keys), by subgraph.
        members: object types of an interface or union, by subgraph.
        interface_object_in: subgraphs that see the interface as an object.
        absent: by subgraph, the numbers of the objects it does not know.
        first_id: ids count from here, so that the ids of an interface's objects differ.
        contexts: names of the contexts the type sets, by subgraph.
    """

    name: str
    kind: Kind
    fields: dict[str, FieldModel] = field(default_factory=dict)
    keys: dict[str, list[Key]] = field(default_factory=dict)
    members: dict[str, list[str]] = field(default_factory=dict)
    interface_object_in: set[str] = field(default_factory=set)
    absent: dict[str, set[int]] = field(default_factory=dict)
    candidates: list[str] = field(default_factory=list)
    first_id: int = 0
    contexts: dict[str, list[str]] = field(default_factory=dict)

    @property
    def subgraphs(self) -> set[str]:
        declared = {name for item in self.fields.values() for name in item.roles}
        return declared | set(self.keys) | set(self.members) | self.interface_object_in

    @property
    def all_members(self) -> list[str]:
        return sorted({name for members in self.members.values() for name in members})

    def seen_in(self, subgraph: str) -> set[str]:
        """The object types of an interface or union as a subgraph sees it."""
        return set(self.all_members if subgraph in self.interface_object_in else self.members[subgraph])


#: how many objects there are of each type
OBJECTS = 4


@dataclass(slots=True)
class GraphModel:
    """A federated graph: `types` includes Query and Mutation."""

    seed: int
    subgraphs: list[str]
    types: dict[str, TypeModel] = field(default_factory=dict)
    root_names: dict[str, dict[str, str]] = field(default_factory=dict)
    enum_extras: dict[str, list[str]] = field(default_factory=dict)

    def entities(self) -> list[TypeModel]:
        return [item for item in self.types.values() if item.kind is Kind.ENTITY]

    @property
    def requiring_fields(self) -> set[str]:
        """Names of fields for which others are fetched that nobody may have asked for."""
        return {
            item.name
            for model in self.types.values()
            for item in model.fields.values()
            if item.requires or item.contextual
        }

    @property
    def stricter_fields(self) -> set[str]:
        """Names of fields that some subgraph never answers with null though the composed graph allows it."""
        return {
            item.name
            for model in self.types.values()
            for item in model.fields.values()
            if any(role.is_stricter for role in item.roles.values())
        }

    @property
    def looser_fields(self) -> set[tuple[str, str]]:
        """Fields that are never null by their object type, but may be by an interface that some see as an object."""
        return {
            (member, name)
            for item in self.types.values()
            if item.interface_object_in
            for member in item.all_members
            for name, field in item.fields.items()
            if name in self.types[member].fields and self.types[member].fields[name].type_text == f"{field.type_text}!"
        }

    @property
    def is_whole(self) -> bool:
        """True when interfaces have fields wherever they are declared, and interface objects stand alone.

        There is something every owner of a field can answer with.
        """
        stand_alone = all(
            subgraph not in self.types[member].subgraphs
            for item in self.types.values()
            for subgraph in item.interface_object_in
            for member in item.candidates
        )
        fields = (field for item in self.types.values() for field in item.fields.values() if field.owners)
        are_answerable = all(self.held_by(field) for field in fields if field.named in self.types)
        return (stand_alone and are_answerable) and all(
            any(subgraph in field.roles for field in item.fields.values())
            for item in self.types.values()
            if item.kind is Kind.INTERFACE
            for subgraph in item.members
        )

    def held_by(self, field: FieldModel) -> set[str]:
        """The object types a field may hold: those each of its owners knows."""
        named = self.types[field.named]
        if named.kind not in {Kind.INTERFACE, Kind.UNION}:
            return {field.named}
        views = [named.seen_in(owner) for owner in field.owners]
        return set[str].intersection(*views) if views else set()

    def implemented(self, type_name: str, subgraph: str) -> Iterator[TypeModel]:
        """The interfaces an object type implements in a subgraph."""
        for item in self.types.values():
            if item.kind is Kind.INTERFACE and type_name in item.members.get(subgraph, ()):
                yield item

    def interface_object_of(self, type_name: str, field_name: str) -> TypeModel | None:
        """The interface that gives an object type a field by `@interfaceObject`."""
        for item in self.types.values():
            if item.interface_object_in and type_name in item.all_members and field_name in item.fields:
                roles = item.fields[field_name].roles
                if field_name not in self.types[type_name].fields and set(roles) & item.interface_object_in:
                    return item
        return None

    def field(self, type_name: str, field_name: str) -> FieldModel:
        found = self.types[type_name].fields.get(field_name)
        if found is not None:
            return found
        interface = self.interface_object_of(type_name, field_name)
        if interface is None:
            raise LookupError(f"{type_name}.{field_name}")
        return interface.fields[field_name]
