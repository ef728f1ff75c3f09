"""Which subgraphs a query can move to from where it stands, and which of them answer a field there."""

from collections.abc import Iterator
from dataclasses import dataclass

from router.composition.field_sets import FieldSelection, Selection, TypeSelection
from router.composition.satisfiability.contexts import Contexts, Reference, context_sources
from router.composition.satisfiability.positions import Position, Terrain
from router.composition.subgraph import CompositeType, Field, Kind, Subgraph
from router.composition.type_references import named_type

# What is being proved: fields by their `@requires`, contexts by what they select. Meeting one again would prove it by
# itself.
Pending = frozenset[tuple[str, str, str]]
Positions = frozenset[Position]
Resolver = tuple[Position, Field]
Question = tuple[str, Positions, Pending]
_NOTHING_PENDING: Pending = frozenset()


@dataclass(frozen=True, slots=True)
class _Within:
    """Where a condition is read: what is being proved, and the objects in it that set contexts, the nearest first.

    A condition has to hold wherever it is needed, so what is set above it does not count.
    """

    pending: Pending
    setters: tuple[tuple[str, Position], ...] = ()

    def below(self, object_name: str, position: Position) -> "_Within":
        return _Within(self.pending, ((object_name, position), *self.setters))


class TooManyQuestions(Exception):
    """The graph cannot be judged within the bound; the argument is the coordinate it was at."""


@dataclass(slots=True)
class Allowance:
    """How many questions may be asked of a graph, whatever its labels; a graph that folds on itself has no end."""

    left: int

    def spend(self, questions: int, coordinate: str) -> None:
        """Count questions asked at a place.

        Raises:
            TooManyQuestions: fewer are left.
        """
        if self.left < questions:
            raise TooManyQuestions(coordinate)
        self.left -= questions


class Reach:
    """Answers for one graph; remembers what it worked out.

    A key can lead through its own type (`parent { id }`), so a question may meet itself. It then gets the
    positions found so far and is asked again until nothing is added; what was answered from such an
    unfinished part is not remembered.
    """

    def __init__(self, terrain: Terrain, allowance: Allowance) -> None:
        self.terrain = terrain
        self.allowance = allowance
        self._sources = context_sources(terrain)
        self._known: dict[Question, Positions] = {}
        self._unfinished: dict[Question, Positions] = {}
        self._met_again: set[Question] = set()

    def closure(self, object_name: str, start: Positions, pending: Pending = _NOTHING_PENDING) -> Positions:
        """Every position reachable for an object at the start positions, by one entity key after another."""
        question = (object_name, start, pending)
        if question in self._known:
            return self._known[question]
        if question in self._unfinished:
            self._met_again.add(question)
            return self._unfinished[question]
        reached = self._closure(question)
        self._met_again.discard(question)
        if not self._met_again:
            self._known[question] = reached
        return reached

    def _closure(self, question: Question) -> Positions:
        object_name, start, pending = question
        reached = start
        if object_name == "Query" and start:
            graphs = self.terrain.subgraphs.subgraphs
            reached |= {Position(graph.name, "Query") for graph in graphs if "Query" in graph.types}
        self._unfinished[question] = reached
        while moves := frozenset(self._moves(object_name, reached, pending)):
            reached |= moves
            self._unfinished[question] = reached
        del self._unfinished[question]
        return reached

    def _moves(self, object_name: str, reached: Positions, pending: Pending) -> Iterator[Position]:
        standing = {(position.subgraph, position.type_name) for position in reached}
        is_typed = any(not self.terrain.is_untyped(position) for position in reached)
        for subgraph in self.terrain.subgraphs.holders(object_name):
            for view in self._doors(subgraph, object_name, is_typed=is_typed):
                lands_on = view.name if view.is_interface_object else object_name
                if (subgraph.name, lands_on) in standing:
                    continue
                if self.can_enter(view, object_name, reached, pending):
                    yield Position(subgraph.name, lands_on)

    def _doors(self, subgraph: Subgraph, object_name: str, *, is_typed: bool) -> list[CompositeType]:
        """The types of a subgraph whose keys may be used; an object of unknown type goes through interfaces only."""
        views = self.terrain.views(subgraph, object_name)
        if is_typed:
            return views
        interfaces = [
            type_
            for name in sorted(self.terrain.subgraphs.supertypes.get(object_name, ()))
            if (type_ := subgraph.composite(name)) is not None
            and type_.kind is Kind.INTERFACE
            and object_name in subgraph.possible_types(name)
        ]
        return [*(view for view in views if view.is_interface_object), *interfaces]

    def can_enter(
        self, view: CompositeType, object_name: str, reached: Positions, pending: Pending = _NOTHING_PENDING
    ) -> bool:
        """Whether one of the type's keys can be fetched from the reached positions."""
        return any(
            self.can_select(key.fields.selections, object_name, reached, pending)
            for key in self.terrain.resolvable_keys(view)
        )

    def resolvers(
        self, object_name: str, reached: Positions, field_name: str, pending: Pending = _NOTHING_PENDING
    ) -> list[Resolver]:
        """The reached positions that answer the field, with the field as each declares it.

        Raises:
            TooManyQuestions: the allowance is spent.
        """
        self.allowance.spend(1, f"{object_name}.{field_name}")
        found: list[Resolver] = []
        for position in sorted(reached, key=lambda item: (item.subgraph, item.type_name, str(item.provided))):
            field = self.terrain.field_at(position, field_name)
            if field is not None and self._has_requirements(position, field, object_name, reached, pending=pending):
                found.append((position, field))
        return found

    def _has_requirements(
        self, position: Position, field: Field, object_name: str, reached: Positions, *, pending: Pending
    ) -> bool:
        if field.requires is None:
            return True
        mark = (position.subgraph, position.type_name, field.name)
        if mark in pending:
            return False
        pending |= {mark}
        selections = field.requires.selections
        if self.can_select(selections, object_name, frozenset({position}), pending):
            return True
        type_ = self.terrain.type_at(position)
        if type_ is None or not self.can_enter(type_, object_name, reached, pending):
            return False
        # From here on: other composers count on nothing a query may have met on its way to this subgraph.
        around = self.closure(object_name, frozenset({position}), pending)
        return self.can_select(selections, object_name, around, pending)

    def contexts_below(self, object_name: str, position: Position, above: Contexts) -> Contexts:
        """The contexts set for what a field gives; the nearest object that sets a context decides."""
        own = self._sources.get(object_name, {})
        given = {one for one in own if self._gives(object_name, position, one, _NOTHING_PENDING)}
        return above.difference(own).union(given)

    def _gives(self, object_name: str, position: Position, reference: Reference, pending: Pending) -> bool:
        """Whether the object gives what a reference to its context selects.

        That is gathered from where the field is asked: what was met on the way there, or on another way that
        could have been taken, does not help.
        """
        mark = (*reference, object_name)
        if mark in pending:
            return False
        pending |= {mark}
        reached = self.closure(object_name, frozenset({position}), pending)
        return self.can_select(self._sources[object_name][reference], object_name, reached, pending)

    def can_select(
        self,
        selections: tuple[Selection, ...],
        object_name: str,
        reached: Positions,
        pending: Pending = _NOTHING_PENDING,
    ) -> bool:
        """Whether a field set on the object can be gathered from the reached positions."""
        return self._can_select(selections, object_name, reached, _Within(pending))

    def _can_select(
        self, selections: tuple[Selection, ...], object_name: str, reached: Positions, within: _Within
    ) -> bool:
        return all(self._can_select_one(selection, object_name, reached, within) for selection in selections)

    def _can_select_one(self, selection: Selection, object_name: str, reached: Positions, within: _Within) -> bool:
        if isinstance(selection, TypeSelection):
            matches = self.terrain.subgraphs.is_subtype(object_name, selection.type_name)
            return not matches or self._can_select(selection.children, object_name, reached, within)
        if selection.name == "__typename":
            return True
        found = self.resolvers(object_name, reached, selection.name, within.pending)
        resolvers = [resolver for resolver in found if self._has_contexts(resolver, within)]
        if not resolvers or not selection.children:
            return bool(resolvers)
        return self._can_select_children(selection, object_name, resolvers, within)

    def _has_contexts(self, resolver: Resolver, within: _Within) -> bool:
        position, field = resolver
        references = ((position.subgraph, argument.reference.text) for argument in field.contextual_arguments)
        return all(self._is_set(reference, within) for reference in references)

    def _is_set(self, reference: Reference, within: _Within) -> bool:
        setters = (one for one in within.setters if reference in self._sources.get(one[0], {}))
        nearest = next(setters, None)
        return nearest is not None and self._gives(*nearest, reference, within.pending)

    def _can_select_children(
        self, selection: FieldSelection, object_name: str, resolvers: list[Resolver], within: _Within
    ) -> bool:
        suited = [resolver for resolver in resolvers if self._knows_fragments(selection.children, resolver)]
        if object_name not in self._sources:
            return bool(suited) and self._can_select_below(selection, suited, within)
        needs_no_context = bool(suited) and self._can_select_below(selection, suited, _Within(within.pending))
        return needs_no_context or any(
            self._can_select_below(selection, [resolver], within.below(object_name, resolver[0])) for resolver in suited
        )

    def _can_select_below(self, selection: FieldSelection, resolvers: list[Resolver], within: _Within) -> bool:
        return all(
            self._can_select(selection.children, name, self.closure(name, positions, within.pending), within)
            for name, positions in self.next_objects(resolvers).items()
        )

    def _knows_fragments(self, selections: tuple[Selection, ...], resolver: Resolver) -> bool:
        """Whether each fragment can apply to what the subgraph returns: elsewhere it would not be valid."""
        position, field = resolver
        possible = self.terrain.possible_types(self.terrain.subgraph(position.subgraph), named_type(field.type))
        return all(
            any(self.terrain.subgraphs.is_subtype(name, selection.type_name) for name in possible)
            for selection in selections
            if isinstance(selection, TypeSelection)
        )

    def next_objects(self, resolvers: list[Resolver]) -> dict[str, Positions]:
        """The objects a field can return, each with the positions its value is then seen from."""
        objects: dict[str, set[Position]] = {}
        for position, field in resolvers:
            subgraph = self.terrain.subgraph(position.subgraph)
            name = named_type(field.type)
            provided = self.terrain.provided_below(position, field)
            for possible, seen_as in self.terrain.sights(subgraph, name):
                objects.setdefault(possible, set()).add(Position(subgraph.name, seen_as, provided))
        return {name: frozenset(positions) for name, positions in sorted(objects.items())}
