"""Adds to a random graph what ties subgraphs together: requirements, provisions, overrides, hidden fields."""

import re
from random import Random

from tests.factories.federated.externals import Externals
from tests.factories.federated.model import FieldModel, GraphModel, Kind, Part, Role, TypeModel

_NAME = re.compile(r"\w+")
_EXTERNAL = Role(Part.EXTERNAL)
_LITERALS = {
    "times": "3",
    "filter": "{ shade: DARK, inner: { any: [1, { a: null }] } }",
    "shade": "LIGHT",
    "ids": '["1", "b"]',
    "any": "{ a: [1, null] }",
    "grid": "[[1, null], []]",
}
LABELS = ("percent(0)", "percent(100)", "moved", "kept")
ACTIVE_LABELS = frozenset({"percent(100)", "moved"})
_DEPTHS = (2, 2, 3)


class Directives:
    """Adds directives at random places where they are allowed."""

    def __init__(self, rng: Random, graph: GraphModel) -> None:
        self._rng = rng
        self._graph = graph

    def draw(self) -> None:
        for model in self._graph.entities():
            fields = [item for item in model.fields.values() if not item.is_key]
            for index, item in enumerate(fields):
                if len(item.owners) == 1 and self._rng.random() < 0.35:
                    self._require(model, item, fields[:index] + fields[index + 1 :])
        for model in self._graph.types.values():
            if model.interface_object_in:
                self._require_of_interface(model)
        for model in self._graph.types.values():
            for item in list(model.fields.values()):
                self._decorate(model, item)
        self._draw_resolvable()
        Externals(self._graph).prune()

    def _decorate(self, model: TypeModel, item: FieldModel) -> None:
        rng = self._rng
        if model.kind is Kind.INTERFACE or item.is_key or not item.roles:
            return
        if item.named in self._graph.types and rng.random() < 0.3:
            self._provide(item)
        if model.kind is Kind.ENTITY and rng.random() < 0.12:
            self._override(model, item)
        in_interface = any(item.name in i.fields for i in self._graph.types.values() if i.kind is Kind.INTERFACE)
        if model.kind is Kind.ENTITY and rng.random() < 0.06 and not in_interface:
            item.roles[rng.choice(item.owners)].is_inaccessible = True

    def _require(self, model: TypeModel, item: FieldModel, others: list[FieldModel]) -> None:
        rng, (owner,) = self._rng, item.owners
        if owner in model.absent:
            return
        usable = [other for other in others if owner not in other.owners and other.roles and other is not item]
        if not usable:
            return
        chosen = rng.sample(usable, min(len(usable), rng.randint(1, 2)))
        parts = [self._external(owner, model, other, depth=rng.choice(_DEPTHS)) for other in chosen]
        text = " ".join(part for part in parts if part)
        if text and not self._needs(text, item.name):
            item.roles[owner].requires = text

    def _require_of_interface(self, model: TypeModel) -> None:
        """Fields of an interface object require others of the interface: of its implementers, or of another such."""
        known = [item for item in model.fields.values() if item.owners or self._is_declared(model, item)]
        for item in known:
            if not item.is_key and item.owners and self._rng.random() < 0.5:
                (owner,) = item.owners
                others = [other for other in known if owner not in other.roles and not other.is_key]
                chosen = self._rng.sample(others, min(len(others), self._rng.randint(1, 2)))
                parts = [self._external(owner, model, other, depth=self._rng.choice(_DEPTHS)) for other in chosen]
                text = " ".join(part for part in parts if part)
                if text and not self._needs(text, item.name):
                    item.roles[owner].requires = text

    def _is_declared(self, model: TypeModel, item: FieldModel) -> bool:
        """True when the interface has the field in some subgraph: where all its implementers have it."""
        types = self._graph.types
        return any(
            all(subgraph in types[name].fields[item.name].roles for name in members if item.name in types[name].fields)
            for subgraph, members in model.members.items()
        )

    def _needs(self, text: str, name: str) -> bool:
        """True when a field set needs, directly or not, the field with the name."""
        words = set(_NAME.findall(text))
        if name in words:
            return True
        required = (
            item.requires
            for model in self._graph.types.values()
            for item in model.fields.values()
            if item.name in words and item.requires
        )
        return any(self._needs(inner, name) for inner in required)

    def _external(self, subgraph: str, model: TypeModel, item: FieldModel, *, depth: int) -> str | None:
        """The field as part of a field set, declared in the subgraph; None where that cannot be."""
        if self._is_known(subgraph, model) or item.contextual:
            return None
        below = self._below(subgraph, item, depth=depth)
        if below is None:
            return None
        if subgraph not in item.roles:
            item.roles[subgraph] = Role(Part.EXTERNAL)
        return f"{item.name}{self._arguments(item)}{below}"

    def _arguments(self, item: FieldModel) -> str:
        literals = {"n": str(self._rng.randint(1, 3)), **_LITERALS}
        chosen = [f"{name}: {literals[name]}" for name in item.arguments if self._rng.random() < 0.6]
        return f"({', '.join(chosen)})" if chosen else ""

    def _is_known(self, subgraph: str, model: TypeModel) -> bool:
        return subgraph not in model.subgraphs

    def _below(self, subgraph: str, item: FieldModel, *, depth: int) -> str | None:
        named = self._graph.types.get(item.named)
        if named is None:
            return ""
        if depth == 0 or subgraph not in named.subgraphs or subgraph in named.interface_object_in:
            return None
        if named.kind in {Kind.INTERFACE, Kind.UNION}:
            parts = [
                (member, self._part(subgraph, self._graph.types[member], depth)) for member in named.members[subgraph]
            ]
            texts = [f"... on {member} {{ {part} }}" for member, part in parts if part]
            return f" {{ {' '.join(texts)} }}" if texts and self._rng.random() < 0.8 else " { __typename }"
        part = self._part(subgraph, named, depth)
        return f" {{ {part} }}" if part else None

    def _part(self, subgraph: str, model: TypeModel, depth: int) -> str | None:
        """One or two fields of a type."""
        rng = self._rng
        candidates = [item for item in model.fields.values() if item.roles and not item.requires]
        if model.kind is Kind.VALUE:
            candidates = [item for item in candidates if subgraph in item.roles]
        chosen = rng.sample(candidates, min(len(candidates), rng.randint(1, 2)))
        parts = [self._external(subgraph, model, item, depth=depth - 1) for item in chosen]
        return " ".join(part for part in parts if part) or None

    def _provide(self, item: FieldModel) -> None:
        owner = self._rng.choice(item.owners) if item.owners else None
        text = (
            self._provided_below(owner, self._graph.types[item.named], depth=self._rng.choice(_DEPTHS))
            if owner
            else None
        )
        if owner and text:
            item.roles[owner].provides = text

    def _provided_below(self, subgraph: str, named: TypeModel, *, depth: int) -> str | None:
        if depth == 0 or subgraph in named.interface_object_in:
            return None
        if named.kind in {Kind.INTERFACE, Kind.UNION}:
            members = [self._graph.types[name] for name in named.members.get(subgraph, ())]
            parts = [(member.name, self._provided_part(subgraph, member, depth)) for member in members]
            return " ".join(f"... on {name} {{ {part} }}" for name, part in parts if part) or None
        return self._provided_part(subgraph, named, depth)

    def _provided_part(self, subgraph: str, model: TypeModel, depth: int) -> str | None:
        """One or two fields of an entity that the subgraph does not own."""
        if subgraph not in model.keys:
            return None
        candidates = [
            item
            for item in model.fields.values()
            if item.owners
            and subgraph not in item.owners
            and not item.arguments
            and not item.is_key
            and not item.contextual
            and item.roles.get(subgraph, _EXTERNAL).part is Part.EXTERNAL
        ]
        chosen = self._rng.sample(candidates, min(len(candidates), self._rng.randint(1, 2)))
        return " ".join(text for item in chosen if (text := self._provided_field(subgraph, item, depth))) or None

    def _provided_field(self, subgraph: str, item: FieldModel, depth: int) -> str | None:
        named, below = self._graph.types.get(item.named), ""
        if named is not None:
            if subgraph not in named.subgraphs or not self._knows_all(subgraph, item, named):
                return None
            text = self._provided_below(subgraph, named, depth=depth - 1)
            if text is None:
                return None
            below = f" {{ {text} }}"
        item.roles.setdefault(subgraph, Role(Part.EXTERNAL))
        item.is_provided = True
        return f"{item.name}{below}"

    def _knows_all(self, subgraph: str, item: FieldModel, named: TypeModel) -> bool:
        """False where the field may hold a type the subgraph does not know and so cannot provide."""
        if named.kind not in {Kind.INTERFACE, Kind.UNION}:
            return True
        return self._graph.held_by(item) <= set(named.members.get(subgraph, ()))

    def _override(self, model: TypeModel, item: FieldModel) -> None:
        if len(item.owners) != 1 or item.contextual:
            return
        (owner,) = item.owners
        named = self._graph.types.get(item.named)
        olds = [
            name
            for name in model.keys
            if name not in item.roles and (named is None or name in named.subgraphs) and name != owner
        ]
        if olds:
            old = self._rng.choice(olds)
            item.roles[old] = Role(Part.OVERRIDDEN)
            item.roles[owner].override_from = old
            item.roles[owner].override_label = self._rng.choice((None, None, *LABELS))
            if item.roles[owner].override_label in LABELS and not self._is_moved(model, item, owner, old):
                item.roles[owner].override_label = None

    def _is_moved(self, model: TypeModel, item: FieldModel, owner: str, old: str) -> bool:
        """Settle which subgraph answers a field that moves only with a label; False where it cannot be the old one."""
        role = item.roles[owner]
        if role.override_label in ACTIVE_LABELS:
            return True
        if role.requires or role.provides or role.is_inaccessible or role.is_stricter or old in model.absent:
            return False
        item.roles[old].part, role.part = Part.OWN, Part.OVERRIDDEN
        return True

    def _draw_resolvable(self) -> None:
        """Some keys of subgraphs that own nothing else cannot be asked by."""
        for model in self._graph.entities():
            for subgraph, keys in model.keys.items():
                owned = any(subgraph in item.roles and not item.is_key for item in model.fields.values())
                if not owned and self._rng.random() < 0.5:
                    for key in keys:
                        key.is_resolvable = False
