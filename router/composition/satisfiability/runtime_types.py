"""SHAREABLE_HAS_MISMATCHED_RUNTIME_TYPES: a field that several subgraphs resolve can be of a type all of them know.

Which of them is asked is the router's choice, so a field of an interface or union would otherwise give different
objects by chance. Only the subgraphs one query can choose from are compared.
"""

from collections.abc import Mapping, Sequence

from router.composition.satisfiability.reach import Resolver
from router.composition.subgraph import ABSTRACT_KINDS
from router.composition.subgraph_set import SubgraphSet
from router.composition.type_references import named_type


def runtime_types(
    resolvers: Sequence[Resolver], possible: frozenset[str], subgraphs: SubgraphSet
) -> Mapping[str, frozenset[str]]:
    """The object types each subgraph gives out for a field of an abstract type that can be `possible` ones.

    Nothing when fewer than two of them declare it abstract: then there is no choice between views of one value.
    """
    found: dict[str, frozenset[str]] = {}
    abstract = 0
    for position, field in resolvers:
        graph = subgraphs.by_name[position.subgraph]
        name = named_type(field.type)
        names = frozenset(graph.possible_types(name))
        # An interface object stands for every implementation.
        if not field.is_external and (len(names) != 1 or names <= possible):
            abstract += graph.types[name].kind in ABSTRACT_KINDS
            found[graph.name] = names
    return found if abstract > 1 else {}


def have_nothing_in_common(types: Mapping[str, frozenset[str]]) -> bool:
    """Whether no object can come from each of these subgraphs, though one of them gives out some."""
    first, *others = types.values() or (frozenset[str](),)
    return any(types.values()) and not first.intersection(*others)
