"""The ways a path can be taken, told apart by the contexts they set."""

from dataclasses import dataclass

from router.composition.satisfiability.contexts import Contexts
from router.composition.satisfiability.reach import Positions, Reach, Resolver

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


def lanes_of(reach: Reach, object_name: str, ways: Ways) -> frozenset[Lane]:
    """What the ways to an object lead to."""
    return frozenset(Lane(contexts, reach.closure(object_name, positions)) for contexts, positions in ways)
