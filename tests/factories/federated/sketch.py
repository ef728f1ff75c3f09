"""Draws a random federated graph: types first, then who owns which field, then the directives between subgraphs."""

from random import Random

from tests.factories.federated.contexts import Contexts
from tests.factories.federated.directives import Directives
from tests.factories.federated.interface_objects import InterfaceObjects
from tests.factories.federated.model import OBJECTS, FieldModel, GraphModel, Key, Kind, Part, Role, TypeModel

_SCALARS = ("Int", "String", "Boolean", "Float", "Color", "ID", "Blob")
_LEAF_WRAPS = ("%s", "%s", "%s!", "[%s!]", "[[%s]]", "[%s]!")
_WRAPS = ("%s", "%s", "%s!", "[%s]", "[%s!]!", "[%s!]", "[[%s!]]")
_ARGUMENTS = {
    "n": "Int",
    "times": "Int! = 2",
    "filter": "Filter",
    "shade": "Shade",
    "ids": "[ID!]",
    "any": "Blob",
    "grid": "[[Int]]",
}
_KEY_FIELDS = {"id": ["id"], "code": ["code"], "x y": ["x", "y"], "ref { rid }": ["ref"]}
_KEY_TYPES = {
    "id": ("ID", "%s!"),
    "code": ("String", "%s!"),
    "x": ("Int", "%s!"),
    "y": ("Int", "%s!"),
    "ref": ("Ref", "%s!"),
    "tag": ("String", "%s!"),
}


class Sketch:
    """One random graph being drawn."""

    def __init__(self, rng: Random, seed: int) -> None:
        self._rng = rng
        count = rng.choice((2, 2, 3, 3, 3, 4, 4, 5, 6))
        self.graph = GraphModel(seed, [f"s{index}" for index in range(count)])
        self._names = 0

    def draw(self) -> GraphModel:
        graph = self.graph
        graph.types["Query"] = TypeModel("Query", Kind.VALUE)
        self._draw_types()
        self._draw_fields()
        Contexts(self._rng, self).draw()
        self._draw_roots()
        Directives(self._rng, graph).draw()
        self._draw_enums()
        self._draw_extra_arguments()
        self._complete_interfaces()
        return graph

    def _draw_types(self) -> None:
        rng, types = self._rng, self.graph.types
        types["Ref"] = TypeModel("Ref", Kind.VALUE)
        types["Ref"].fields["rid"] = FieldModel("rid", "ID", "%s!", is_key=True)
        for index in range(rng.randint(2, 4)):
            self._draw_entity(f"E{index}")
        for index in range(rng.randint(0, 2)):
            types[f"V{index}"] = TypeModel(f"V{index}", Kind.VALUE)
            types[f"V{index}"].fields["text"] = FieldModel("text", "String", null_chance=0.2)
        for index in range(rng.randint(0, 2)):
            self._draw_interface(f"I{index}")
        objects = [item.name for item in types.values() if item.name[0] in "EV"]
        for index in range(rng.randint(0, 2)):
            types[f"U{index}"] = TypeModel(f"U{index}", Kind.UNION, candidates=self.some(objects, 2))

    def some(self, items: list[str], least: int = 1) -> list[str]:
        """At least so many of the items."""
        return sorted(self._rng.sample(items, self._rng.randint(min(least, len(items)), len(items))))

    def _draw_entity(self, name: str) -> None:
        rng = self._rng
        model = self.graph.types[name] = TypeModel(name, Kind.ENTITY)
        keys = rng.sample(list(_KEY_FIELDS), rng.randint(1, 3))
        is_chain = len(keys) > 1 and rng.random() < 0.4
        model.candidates = keys if is_chain else ["id", *(key for key in keys if key != "id")]
        for subgraph in self.some(self.graph.subgraphs):
            self.ensure(subgraph, name)
        if not is_chain and rng.random() < 0.5:
            self._draw_absent(model)

    def _draw_absent(self, model: TypeModel) -> None:
        """One subgraph does not know all objects, or can only be asked by a key that may be null."""
        rng = self._rng
        subgraph = rng.choice(self.graph.subgraphs)
        if subgraph in model.keys:
            return
        if "code" in model.candidates and rng.random() < 0.5:
            self.key_field(model, "code")
            model.fields["code"].null_chance = 1.0
            model.fields["code"].wrap = "%s"
            model.keys[subgraph] = [Key("code")]
            model.fields["code"].roles[subgraph] = Role(Part.OWN)
            model.absent[subgraph] = {OBJECTS - 1}
            for other in model.keys:
                if rng.random() < 0.7 and other != subgraph:
                    model.fields["code"].roles[other] = Role(Part.OWN)
                    model.keys[other].append(Key("code")) if all(
                        k.fields != "code" for k in model.keys[other]
                    ) else None
        else:
            model.keys[subgraph] = [Key("id")]
            self.key_field(model, "id").roles[subgraph] = Role(Part.OWN)
            model.absent[subgraph] = set(rng.sample(range(1, OBJECTS), rng.randint(1, 2)))

    def key_field(self, model: TypeModel, name: str) -> FieldModel:
        """A type's field that is a key or a part of one."""
        named, wrap = _KEY_TYPES[name]
        return model.fields.setdefault(name, FieldModel(name, named, wrap, is_key=True))

    def ensure(self, subgraph: str, type_name: str) -> None:
        """See that the subgraph declares the type."""
        model = self.graph.types.get(type_name)
        if model is None or subgraph in model.subgraphs:
            return
        match model.kind:
            case Kind.ENTITY:
                self._declare_entity(subgraph, model)
            case Kind.VALUE:
                for item in model.fields.values():
                    item.roles[subgraph] = Role(Part.OWN)
                    self.ensure(subgraph, item.named)
            case Kind.UNION:
                members = model.candidates if self._rng.random() < 0.6 else self.some(model.candidates)
                self.declare_members(subgraph, model, members)
            case Kind.INTERFACE:
                keep_all = bool(model.interface_object_in) or self._rng.random() < 0.6
                self.declare_members(subgraph, model, model.candidates if keep_all else self.some(model.candidates))

    def declare_members(self, subgraph: str, model: TypeModel, members: list[str]) -> None:
        """See that the subgraph declares the interface or union with these members."""
        model.members[subgraph] = list(members)
        for member in members:
            self.ensure(subgraph, member)

    def _declare_entity(self, subgraph: str, model: TypeModel) -> None:
        rng = self._rng
        first = model.candidates[0]
        is_chain = first != "id"
        chosen = [rng.choice(model.candidates)] if is_chain else ["id"]
        chosen += [key for key in model.candidates if key not in chosen and rng.random() < 0.35]
        model.keys[subgraph] = [Key(key) for key in chosen]
        for key in chosen:
            for name in _KEY_FIELDS[key]:
                self.key_field(model, name).roles[subgraph] = Role(Part.OWN)
                if name == "ref":
                    self.graph.types["Ref"].fields["rid"].roles[subgraph] = Role(Part.OWN)

    def _draw_interface(self, name: str) -> None:
        rng, types = self._rng, self.graph.types
        entities = [item for item in self.graph.entities() if item.candidates[0] == "id" and not _is_by_code(item)]
        model = types[name] = TypeModel(name, Kind.INTERFACE)
        values = [item.name for item in types.values() if item.name.startswith("V")]
        if entities and (not values or rng.random() < 0.8):
            model.candidates = self.some([item.name for item in entities])
            model.fields["id"] = FieldModel("id", "ID", "%s!", is_key=True)
            if rng.random() < 0.5 and InterfaceObjects(rng, self).draw(model, entities):
                return
            if rng.random() < 0.5 and not any(types[m].first_id for m in model.candidates):
                self._draw_interface_keys(model)
        else:
            model.candidates = self.some(values) if values else []
        if not model.candidates:
            del types[name]

    def _draw_interface_keys(self, model: TypeModel) -> None:
        """An interface can be looked up in the subgraphs that know all its implementers."""
        for index, member in enumerate(model.candidates):
            self.graph.types[member].first_id = 10 * (index + 1)
        for subgraph in self.some(self.graph.subgraphs):
            self.declare_members(subgraph, model, model.candidates)
            model.keys[subgraph] = [Key("id")]

    def _name(self) -> str:
        self._names += 1
        return f"f{self._names}"

    def field(self, owners: list[str], *, leaf_share: float = 0.55) -> FieldModel | None:
        """A random field; None where its type cannot be declared by all owners."""
        rng, types = self._rng, self.graph.types
        composites = [name for name in types if name[0] in "EVIU"]
        is_leaf = rng.random() < leaf_share
        named = rng.choice(_SCALARS) if is_leaf else rng.choice(composites)
        if not all(self._can_see(owner, named) for owner in owners):
            return None
        for owner in owners:
            self.ensure(owner, named)
        wrap = rng.choice(_LEAF_WRAPS if is_leaf else _WRAPS)
        chance = 0.0 if rng.random() < 0.4 else 0.2
        arguments = self._arguments()
        return FieldModel(self._name(), named, wrap, arguments, chance, {owner: Role(Part.OWN) for owner in owners})

    def _can_see(self, subgraph: str, named: str) -> bool:
        """False where the type is an interface object's implementer in the subgraph that sees the interface only."""
        model = self.graph.types.get(named)
        if model is None:
            return True
        if model.kind is Kind.INTERFACE and subgraph in model.interface_object_in:
            return True
        names = [named, *model.candidates] if model.kind in {Kind.INTERFACE, Kind.UNION} else [named]
        hidden = {
            member
            for item in self.graph.types.values()
            if subgraph in item.interface_object_in
            for member in item.candidates
        }
        return not hidden & set(names)

    def _arguments(self) -> dict[str, str]:
        rng = self._rng
        if rng.random() < 0.75:
            return {}
        return {name: _ARGUMENTS[name] for name in rng.sample(list(_ARGUMENTS), rng.randint(1, 2))}

    def _draw_fields(self) -> None:
        rng, types = self._rng, self.graph.types
        for model in [item for item in types.values() if item.name.startswith("V")]:
            for _ in range(rng.randint(0, 2)):
                field = self.field(sorted(model.subgraphs), leaf_share=0.75)
                if field is not None:
                    field.arguments = {}
                    model.fields[field.name] = field
        for model in self.graph.entities():
            for _ in range(rng.randint(2, 6)):
                self._draw_entity_field(model)
        self._draw_shared_names()

    def _draw_entity_field(self, model: TypeModel) -> None:
        rng = self._rng
        homes = sorted(model.keys)
        owners = [rng.choice(homes)]
        shareable = [home for home in homes if home not in model.absent]
        if rng.random() < 0.25 and len(shareable) > 1:
            owners = rng.sample(shareable, 2)
        field = self.field(owners)
        if field is None:
            return
        if any(owner in model.absent for owner in owners):
            field.wrap = "%s" if field.wrap == "%s!" else field.wrap.removesuffix("!")
        elif len(owners) > 1:
            role = field.roles[owners[0]]
            role.is_stricter = field.null_chance == 0 and rng.random() < 0.3
        model.fields[field.name] = field

    def _draw_shared_names(self) -> None:
        """Fields every implementer of an interface has, so that the interface can have them too."""
        rng, types = self._rng, self.graph.types
        for interface in [item for item in types.values() if item.kind is Kind.INTERFACE]:
            for _ in range(rng.randint(0 if "id" in interface.fields else 1, 2)):
                self._draw_shared_name(interface)

    def _draw_shared_name(self, interface: TypeModel) -> None:
        rng, types = self._rng, self.graph.types
        name, named = self._name(), rng.choice([*_SCALARS, *(n for n in types if n[0] in "EV")])
        for member in interface.candidates:
            model = types[member]
            homes = sorted(model.subgraphs)
            if not homes:
                continue
            owners = homes if model.kind is Kind.VALUE else [rng.choice(homes)]
            if interface.interface_object_in and rng.random() < 0.7:
                owners = list(interface.members)[:1]
            if not all(self._can_see(owner, named) for owner in owners):
                owners = []
            for owner in owners:
                self.ensure(owner, named)
            roles = {owner: Role(Part.OWN) for owner in owners}
            is_strict = rng.random() < 0.3 and not model.absent
            model.fields[name] = FieldModel(name, named, "%s!" if is_strict else "%s", {}, 0.2, roles)
        interface.fields[name] = FieldModel(name, named)

    def _draw_roots(self) -> None:
        rng = self._rng
        for subgraph in self.graph.subgraphs:
            for _ in range(rng.randint(0 if subgraph != "s0" else 2, 3)):
                self._root_field("Query", [subgraph])
        for _ in range(rng.randint(0, 2)):
            self._root_field("Query", rng.sample(self.graph.subgraphs, 2))
        if rng.random() < 0.4:
            self._draw_mutations()
        for subgraph in self.graph.subgraphs:
            if rng.random() < 0.15:
                self.graph.root_names[subgraph] = {"Query": "RootQuery", "Mutation": "RootMutation"}

    def _draw_mutations(self) -> None:
        types = self.graph.types
        types["Mutation"] = TypeModel("Mutation", Kind.VALUE)
        first, *others = self.graph.subgraphs
        for owner in (first, *self._rng.choices(others, k=self._rng.randint(1, 4))):
            self._root_field("Mutation", [owner])
        if not types["Mutation"].fields:
            del types["Mutation"]

    def _root_field(self, root: str, owners: list[str]) -> None:
        field = self.field(owners, leaf_share=0.1)
        if field is not None:
            field.arguments = field.arguments or self._arguments()
            self.graph.types[root].fields[field.name] = field

    def _draw_enums(self) -> None:
        for subgraph in self.graph.subgraphs:
            if self._rng.random() < 0.2:
                self.graph.enum_extras[subgraph] = [f"EXTRA_{subgraph}"]

    def _draw_extra_arguments(self) -> None:
        """An optional argument that only one of two subgraphs has is not in the composed schema."""
        for model in self.graph.entities():
            for field in model.fields.values():
                if len(field.owners) == len(field.roles) > 1 and not field.is_key and self._rng.random() < 0.2:
                    field.roles[field.owners[0]].has_extra_argument = True

    def _complete_interfaces(self) -> None:
        """An interface has in a subgraph the fields all its implementers there have."""
        types = self.graph.types
        for interface in [item for item in types.values() if item.kind is Kind.INTERFACE]:
            for subgraph, members in interface.members.items():
                for field in interface.fields.values():
                    is_declared = all(
                        subgraph in types[m].fields[field.name].roles for m in members if field.name in types[m].fields
                    )
                    has_all = all(field.name in types[m].fields for m in members)
                    if has_all and is_declared and subgraph not in interface.interface_object_in:
                        field.roles[subgraph] = Role(Part.OWN)
            for name in [n for n, field in interface.fields.items() if not field.roles]:
                del interface.fields[name]


def _is_by_code(model: TypeModel) -> bool:
    return any(key.fields == "code" and name in model.absent for name, keys in model.keys.items() for key in keys)
