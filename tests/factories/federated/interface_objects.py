"""Draws subgraphs that see an interface of a random graph as an object."""

from itertools import permutations
from random import Random

from tests.factories.federated.declaring import Declaring
from tests.factories.federated.model import Key, Part, Role, TypeModel


class InterfaceObjects:
    """Draws one or two such subgraphs for an interface, where none of its implementers is declared."""

    def __init__(self, rng: Random, sketch: Declaring) -> None:
        self._rng = rng
        self._sketch = sketch

    def draw(self, model: TypeModel, entities: list[TypeModel]) -> bool:
        """Choose implementers from the entities, and subgraphs; False where there are none."""
        rng, graph = self._rng, self._sketch.graph
        pairs = [pair for pair in permutations(graph.subgraphs, 2) if self._unknown(entities, *pair)]
        pairs = pairs if len(graph.subgraphs) > 2 else []
        seeing = rng.choice(pairs) if pairs and rng.random() < 0.7 else (rng.choice(graph.subgraphs),)
        usable = self._unknown(entities, *seeing)
        if not usable:
            return False
        model.candidates = self._sketch.some(usable)
        for index, member in enumerate(model.candidates):
            graph.types[member].first_id = 10 * (index + 1)
        home = rng.choice([name for name in graph.subgraphs if name not in seeing])
        self._sketch.declare_members(home, model, model.candidates)
        model.keys[home] = [Key("id")]
        self._draw_first(model, seeing[0])
        if seeing[1:]:
            self._draw_second(model, *seeing)
        return True

    @staticmethod
    def _unknown(entities: list[TypeModel], *subgraphs: str) -> list[str]:
        """The entities that none of the subgraphs declares, and that have no ids of their own yet."""
        return [it.name for it in entities if it.subgraphs.isdisjoint(subgraphs) and not it.first_id]

    def _draw_first(self, model: TypeModel, subgraph: str) -> None:
        model.interface_object_in.add(subgraph)
        model.keys[subgraph] = [Key("id")]
        model.fields["id"].roles[subgraph] = Role(Part.OWN)
        self._draw_fields(model, subgraph)

    def _draw_second(self, model: TypeModel, first: str, second: str) -> None:
        """Another subgraph sees the interface as an object, too: by a key that only the first gives it."""
        model.interface_object_in.add(second)
        model.keys[first].append(Key("tag"))
        model.keys[second] = [Key("tag")]
        tag = self._sketch.key_field(model, "tag")
        tag.roles[first], tag.roles[second] = Role(Part.OWN), Role(Part.OWN)
        self._draw_fields(model, second)

    def _draw_fields(self, model: TypeModel, subgraph: str) -> None:
        for _ in range(self._rng.randint(1, 3)):
            extra = self._sketch.field([subgraph], leaf_share=0.7)
            if extra is not None:
                model.fields[extra.name] = extra
