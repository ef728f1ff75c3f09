"""Which contexts a path has set, for the fields whose arguments are filled from them."""

from dataclasses import dataclass

from router.composition.context_uses import context_setters, context_uses
from router.composition.field_sets import Selection
from router.composition.satisfiability.positions import Position
from router.composition.satisfiability.reach import Positions, Reach, Resolver
from router.composition.subgraph_set import SubgraphSet

# Each is a subgraph and the text of a reference that can be followed there.
Contexts = frozenset[tuple[str, str]]
# Each is the contexts set on ways to an object, and the positions those ways end at.
Ways = frozenset[tuple[Contexts, Positions]]


@dataclass(frozen=True, slots=True)
class Lane:
    """The positions of an object that ways with the same contexts reach."""

    contexts: Contexts
    positions: Positions

    def is_within(self, other: "Lane") -> bool:
        """Whether all that can be asked in this lane can be asked in the other."""
        return self.contexts <= other.contexts and self.positions <= other.positions

    def fills(self, resolver: Resolver) -> bool:
        """Whether each argument of a field that needs a context finds it."""
        position, field = resolver
        return all((position.subgraph, one.reference.text) in self.contexts for one in field.contextual_arguments)


@dataclass(frozen=True, slots=True)
class _Source:
    """What an object has to give for one reference."""

    subgraph: str
    text: str
    selections: tuple[Selection, ...]


class ContextMap:
    """The references to contexts in a graph, by the objects that set them."""

    def __init__(self, subgraphs: SubgraphSet, reach: Reach) -> None:
        self._reach = reach
        self._sources: dict[str, dict[_Source, None]] = {}
        for subgraph in subgraphs.subgraphs:
            for use in context_uses(subgraph):
                reference = use.argument.reference
                source = _Source(subgraph.name, reference.text, reference.selection.selections)
                for setter in context_setters(subgraph, reference.context or ""):
                    for name in reach.terrain.possible_types(subgraph, setter.name):
                        self._sources.setdefault(name, {})[source] = None

    def lanes(self, object_name: str, ways: Ways) -> frozenset[Lane]:
        """What the ways to an object lead to."""
        return frozenset(Lane(contexts, self._reach.closure(object_name, positions)) for contexts, positions in ways)

    def below(self, object_name: str, position: Position, above: Contexts) -> Contexts:
        """The contexts set for what a field gives; the nearest object that sets a context decides.

        What a context gives is gathered from where the field is asked: what was met on the way there, or on
        another way that could have been taken, does not help.
        """
        if object_name not in self._sources:
            return above
        reached = self._reach.closure(object_name, frozenset({position}))
        contexts = set(above)
        for source in self._sources[object_name]:
            reference = (source.subgraph, source.text)
            contexts.discard(reference)
            if self._reach.can_select(source.selections, object_name, reached):
                contexts.add(reference)
        return frozenset(contexts)
