"""Which objects set the contexts that arguments of fields are filled from."""

from router.composition.context_uses import context_setters, context_uses
from router.composition.field_sets import Selection
from router.composition.satisfiability.positions import Terrain

# A subgraph and the text of a reference in it.
Reference = tuple[str, str]
# The references that can be followed.
Contexts = frozenset[Reference]


def context_sources(terrain: Terrain) -> dict[str, dict[Reference, tuple[Selection, ...]]]:
    """What has to be selected for each reference to a context, by the objects that set it."""
    sources: dict[str, dict[Reference, tuple[Selection, ...]]] = {}
    for subgraph in terrain.subgraphs.subgraphs:
        for use in context_uses(subgraph):
            reference = use.argument.reference
            for setter in context_setters(subgraph, reference.context or ""):
                for name in terrain.possible_types(subgraph, setter.name):
                    selections = reference.selection.selections
                    sources.setdefault(name, {})[subgraph.name, reference.text] = selections
    return sources
