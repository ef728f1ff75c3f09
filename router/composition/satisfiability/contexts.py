"""Which contexts a path has set, for the fields whose arguments are filled from them."""

from dataclasses import dataclass

from router.composition.context_uses import context_setters, context_uses
from router.composition.field_sets import Selection
from router.composition.satisfiability.reach import Positions, Reach
from router.composition.subgraph import Field
from router.composition.subgraph_set import SubgraphSet

# Each is a subgraph and the text of a reference that can be followed there.
Contexts = frozenset[tuple[str, str]]


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

    def below(self, object_name: str, reached: Positions, above: Contexts) -> Contexts:
        """The contexts set for what lies below an object; the nearest one that sets a context decides."""
        contexts = set(above)
        for source in self._sources.get(object_name, ()):
            reference = (source.subgraph, source.text)
            contexts.discard(reference)
            if self._reach.can_select(source.selections, object_name, reached):
                contexts.add(reference)
        return frozenset(contexts)

    def are_set_for(self, subgraph: str, field: Field, contexts: Contexts) -> bool:
        """Whether each argument of the field that needs a context finds it."""
        return all((subgraph, argument.reference.text) in contexts for argument in field.contextual_arguments)
