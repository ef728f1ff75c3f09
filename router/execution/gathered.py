"""What a look-up is about: the objects whose entities are asked for, and where they are in the response."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from kernel.subgraph import JsonObject, JsonValue
from router.execution.program import LookUp
from router.execution.representations import Places, Representations, Target
from router.planning.nodes import Expected

#: objects of the response, and what was to come there
Place: TypeAlias = tuple[Expected, Sequence[Target]]


@dataclass(frozen=True, slots=True)
class Gathered:
    """What one look-up is about."""

    look_up: LookUp
    found: Representations
    places: Places

    @classmethod
    def of(cls, look_up: LookUp, values: JsonObject) -> "Gathered":
        """Read the objects that are there."""
        found = Representations()
        for gather in look_up.gathers:
            gather(values, found)
        return cls(look_up, found, Places(look_up.flatten.entities, values))

    def places_of(self, objects: Sequence[JsonObject]) -> Place:
        """Where some of the objects are, and what was to come there."""
        return self.look_up.flatten.expected, self.places.of(objects)

    def spread(self, values: Sequence[JsonValue]) -> Sequence[JsonObject]:
        """Bring entities into the objects they are for; those whose entity cannot be used."""
        try:
            return self.look_up.spread(values, self.found.targets)
        except RecursionError:
            return self.found.all_targets()


def all_places(gathered: Sequence[Gathered]) -> list[Place]:
    """Where all objects of all look-ups are."""
    return [each.places_of(each.found.all_targets()) for each in gathered]
