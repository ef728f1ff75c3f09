"""Adds to a random graph fields with an argument that an object further up fills."""

from random import Random

from tests.factories.federated.declaring import Declaring
from tests.factories.federated.model import Contextual, FieldModel, Kind, Part, Role, TypeModel

_WRAPS = ("%s", "%s!", "[%s]", "[%s!]!", "[[%s]]")
_LEAVES = {"Int", "String", "Float", "Boolean", "Color", "ID", "Blob"}


class Contexts:
    """Draws at most one context, set by one or two entities, and an entity that is reached only below those.

    Graphs of even number have none: not every other gateway knows contexts.
    """

    def __init__(self, rng: Random, sketch: Declaring) -> None:
        self._rng = rng
        self._sketch = sketch

    def draw(self) -> None:
        rng, graph = self._rng, self._sketch.graph
        if graph.seed % 2 == 0:
            return
        subgraph = rng.choice(graph.subgraphs)
        known = [item for item in graph.entities() if subgraph in item.keys and not item.absent]
        setters = [item for item in known if _usable(item)]
        if not setters:
            return
        chosen = self._chosen(rng.sample(setters, min(len(setters), rng.randint(1, 2))), subgraph)
        below = self._draw_below(subgraph)
        for setter in (graph.types[name] for name in chosen):
            setter.contexts[subgraph] = ["above"]
            self._draw_way(setter, below.name)
        self._draw_contextual(below, subgraph, chosen)

    def _chosen(self, setters: list[TypeModel], subgraph: str) -> dict[str, FieldModel]:
        """A field of each setter, all of one type."""
        rng = self._rng
        first, *others = setters
        item = rng.choice(_usable(first))
        found = {first.name: item}
        for other in others:
            same = [it for it in other.fields.values() if _type(it) == _type(item) and not it.arguments and it.roles]
            if same:
                found[other.name] = rng.choice(same)
        for field in found.values():
            field.roles.setdefault(subgraph, Role(Part.EXTERNAL))
        return found

    def _draw_below(self, subgraph: str) -> TypeModel:
        model = self._sketch.graph.types["K0"] = TypeModel("K0", Kind.ENTITY, candidates=["id"])
        model.fields["id"] = FieldModel("id", "ID", "%s!", is_key=True)
        self._sketch.ensure(subgraph, "K0")
        self._add(model, "K0", subgraph)
        return model

    def _draw_way(self, setter: TypeModel, name: str) -> None:
        home = self._rng.choice(sorted(setter.keys))
        self._sketch.ensure(home, name)
        self._add(setter, name, home)

    def _add(self, model: TypeModel, named: str, subgraph: str) -> None:
        field = self._sketch.field([subgraph], leaf_share=1.0)
        if field is not None:
            field.named, field.wrap = named, self._rng.choice(_WRAPS)
            model.fields[field.name] = field

    def _draw_contextual(self, model: TypeModel, subgraph: str, chosen: dict[str, FieldModel]) -> None:
        text = _type(next(iter(chosen.values())))
        for _ in range(self._rng.randint(1, 2)):
            field = self._sketch.field([subgraph], leaf_share=0.8)
            if field is not None:
                field.contextual = Contextual(text, "above", {name: item.name for name, item in chosen.items()})
                model.fields[field.name] = field


def _usable(model: TypeModel) -> list[FieldModel]:
    return [item for item in model.fields.values() if item.named in _LEAVES and not item.arguments and item.roles]


def _type(item: FieldModel) -> str:
    return item.type_text.removesuffix("!")
