"""Where a plan's drafting stands: which fetch is being written, and for what in the response."""

from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field
from typing import TypeAlias

from router.planning.fetch_graph import Asked, FetchDraft, Path
from router.planning.guards import Guard
from router.planning.positions import Position
from router.planning.reach import Jump, Place
from router.planning.selections import Field, Selection
from router.planning.supergraph import ContextArgument

#: a jump, what it requires, the contexts it is filled from, and when it is made
_JumpKey: TypeAlias = tuple[Jump, Selection | None, tuple[ContextArgument, ...], Guard | None]


@dataclass(slots=True, eq=False)
class Site:
    """Where fields are being added: a fetch, a selection set in it, and the place in the response.

    Objects `on_type` are told by their `__typename`, or by `typename_key` where a subgraph calls them something else.
    """

    draft: FetchDraft
    asked: Asked
    place: Place
    position: Position
    path: Path
    on_type: str | None = None
    is_deferred: bool = False
    above: "Above | None" = None
    ancestors: "tuple[tuple[Site, str], ...]" = ()
    jumps: "dict[_JumpKey, tuple[Site, set[FetchDraft]]]" = dataclass_field(
        default_factory=dict["_JumpKey", tuple["Site", set[FetchDraft]]]
    )
    typename_key: str | None = None

    def moved_to(self, place: Place) -> "Site":
        """The same site, asked from another place."""
        # dataclasses.replace and copy take longer than all else that is done for a jump
        return Site(
            self.draft,
            self.asked,
            place,
            self.position,
            self.path,
            self.on_type,
            self.is_deferred,
            self.above,
            self.ancestors,
            self.jumps,
            self.typename_key,
        )

    def preparing(self, *marker: str) -> "Site":
        """The same site while a jump from it is being prepared."""
        return self.moved_to(self.place.during(*marker))

    def narrowed(self, type_name: str) -> "Site":
        """The site of the objects of one type."""
        return replace(self, asked=self.asked.on(type_name), on_type=type_name, jumps={}, typename_key=None)

    def standing_as(self, interface_object: str) -> "Site":
        """The site of the objects that the subgraph knows as an interface object, whatever they turn out to be."""
        return replace(self.narrowed(interface_object), typename_key=self.position.standing_key)


@dataclass(frozen=True, slots=True, eq=False)
class Above:
    """The object of another type whose field, which is no list, leads to a site."""

    site: Site
    type_name: str
    field: Field
