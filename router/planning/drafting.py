"""Follows the search's decisions and drafts the fetches that carry them out."""

from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field
from itertools import count
from typing import TypeAlias, cast

from router.planning.fetch_graph import Asked, EntityInput, FetchDraft, FetchGraph, Path
from router.planning.grouping import Group
from router.planning.guards import Guard
from router.planning.narrowing import Narrowing
from router.planning.nodes import ContextValue, KeyPart, PathStep
from router.planning.positions import Position
from router.planning.pricing import Choice, guards_of_jumps
from router.planning.reach import Jump, Place
from router.planning.refinement import Chooser
from router.planning.search import NOWHERE
from router.planning.selections import TYPENAME, Field, Fragment, Selection, context_argument
from router.planning.sites import Above, Site
from router.planning.supergraph import ContextArgument, Supergraph

#: deferred fragments by number, with the place where each stands
PartKey: TypeAlias = frozenset[tuple[int, Position]]


def part_key(group: Group, position: Position) -> PartKey:
    """The deferred part that brings a group's fields, when the group is found at a position."""
    return frozenset((deferral.number, position.above(deferral.fields_up)) for deferral in group.deferrals)


@dataclass(slots=True, eq=False)
class DeferredPart:
    """What comes later for the same deferred fragments; `used` are the fetches that bring parts of it."""

    path: Path
    labels: tuple[str | None, ...]
    graph: FetchGraph = dataclass_field(default_factory=FetchGraph)
    used: set[FetchDraft] = dataclass_field(default_factory=set[FetchDraft])


class UnresolvableOperation(Exception):
    """No combination of subgraphs can answer the operation: the supergraph is not satisfiable."""


class Drafting:
    """Builds the fetch graph of one operation."""

    def __init__(
        self, supergraph: Supergraph, narrowing: Narrowing, chooser: Chooser, taken: Container[str] = ()
    ) -> None:
        """Variables of the plan's own have no name that is `taken`."""
        self.parts: dict[PartKey, DeferredPart] = {}
        self._taken = taken
        self._values: dict[tuple[str, Path, tuple[KeyPart, ...]], ContextValue] = {}
        self._variables = (f"__context{number}" for number in count())
        self._waiting: list[tuple[Group, str, Site]] = []
        self._supergraph = supergraph
        self._narrowing = narrowing
        self._chooser = chooser
        self._search = chooser.search
        self.graph = FetchGraph()

    def query(self, fields: tuple[Field, ...], type_name: str, position: Position) -> None:
        """Draft the fetches of a query's root fields."""
        choices = self._chooser.choose(fields, type_name, NOWHERE)
        if not choices:
            raise UnresolvableOperation(f"no subgraph can answer the fields asked of {type_name}")
        roots: dict[str, Site] = {}
        for choice in choices:
            subgraph = cast("Jump", choice.jump).subgraph
            if subgraph not in roots:
                roots[subgraph] = self._root(subgraph, "query", position)
            self._place_direct(choice.field, type_name, roots[subgraph])

    def called_once(
        self, fields: tuple[Field, ...], type_name: str, position: Position, *, kind: str
    ) -> list[FetchGraph]:
        """Draft a mutation or subscription: one fetch graph per run of root fields in one subgraph, in series."""
        steps: list[tuple[str, Site, FetchGraph]] = []
        for field in fields:
            # such a root field is called once: its parts never come from several subgraphs
            whole = self._chooser.choose_whole(field, type_name, NOWHERE)
            if whole is None:
                raise UnresolvableOperation(f"no subgraph can answer {type_name}.{field.name}")
            subgraph = cast("Jump", whole.jump).subgraph
            if not steps or steps[-1][0] != subgraph:
                self.graph = FetchGraph()
                steps.append((subgraph, self._root(subgraph, kind, position), self.graph))
            self._place_direct(field, type_name, steps[-1][1])
        return [graph for _, _, graph in steps]

    def later(self, selection: Selection, type_name: str, position: Position) -> None:
        """Draft what is deferred: by the root fields' selection, and by what lies below fields drafted so far."""
        for group in self._narrowing.grouped(selection, type_name).groups:
            part = self._part_of(group, position, ())
            self.graph = part.graph
            fields = tuple(field for field in group.fields if not field.name.startswith("__"))
            if fields:
                self.query(fields, type_name, position)
        while self._waiting:
            group, object_type, site = self._waiting.pop(0)
            part = self._part_of(group, site.position, site.path)
            self.graph = part.graph
            part.used |= self._place_object(group.fields, object_type, replace(site, is_deferred=True, jumps={}))

    def _part_of(self, group: Group, position: Position, path: Path) -> DeferredPart:
        key = part_key(group, position)
        part = self.parts.get(key)
        if part is None:
            fields_up = min(deferral.fields_up for deferral in group.deferrals)
            labels = tuple(deferral.label for deferral in sorted(group.deferrals, key=lambda one: one.number))
            part = self.parts[key] = DeferredPart(path[: len(path) - fields_up], labels)
        return part

    def _postpone(self, selection: Selection, type_name: str, site: Site) -> None:
        groups = self._narrowing.grouped(selection, type_name).groups
        self._waiting.extend((group, type_name, site) for group in groups)

    def _place_apart(self, fields: tuple[Field, ...], type_name: str, site: Site) -> set[FetchDraft]:
        """Fetch fields on their own, except keys, what is fetched anyhow, and what cannot be fetched again."""
        place = site.place.left()
        along = [field for field in fields if self._comes_along(field, type_name, site)]
        apart = tuple(field for field in fields if field not in along)
        stuck = tuple(field for field in apart if not self._search.decide((field,), type_name, place).choices)
        apart = tuple(field for field in apart if field not in stuck)
        used = self._carry_out(self._chooser.choose(apart, type_name, place), type_name, site)
        if stuck and site.above is not None:
            used |= self._place_from_above(stuck, site, site.above)
        else:
            along.extend(stuck)
        return used | self._place_object(tuple(along), type_name, replace(site, is_deferred=False))

    def _place_from_above(self, fields: tuple[Field, ...], site: Site, above: Above) -> set[FetchDraft]:
        """An object without a key is fetched again through the one it belongs to."""
        again = self._narrowing.narrowed_field(above.field, fields, site.on_type)
        return self._place_apart((again,), above.type_name, replace(above.site, is_deferred=True, jumps={}))

    def _comes_along(self, field: Field, type_name: str, site: Site) -> bool:
        if field.name == TYPENAME:
            return True
        known = site.asked.fields.get(field.key)
        if field.selection is None and known is not None and known.signature == field.signature:
            return True
        if field.selection is not None or self._search.reach.direct(type_name, field, site.place) is None:
            return False
        # the keys of all subgraphs: whoever looks the object up by one knows no more of it, and perhaps not the object
        keys = self._supergraph.types[type_name].key_field_names.values()
        return any(field.name in names for names in keys)

    def _root(self, subgraph: str, kind: str, position: Position) -> Site:
        draft = self.graph.add(FetchDraft(subgraph, kind, ()))
        return Site(draft, draft.asked, Place(subgraph), position, ())

    def _place(self, selection: Selection, type_name: str, site: Site) -> set[FetchDraft]:
        if self._search.is_abstract(type_name):
            return self._place_abstract(selection, type_name, site)
        if selection.has_deferrals:
            self._postpone(selection, type_name, site)
        return self._place_object(self._narrowing.fields_of(selection, type_name), type_name, site)

    def _place_object(self, fields: tuple[Field, ...], type_name: str, site: Site) -> set[FetchDraft]:
        if site.is_deferred:
            return self._place_apart(fields, type_name, site)
        choices = self._chooser.choose(fields, type_name, site.place)
        if fields and not choices:
            names = ", ".join(sorted({field.name for field in fields}))
            raise UnresolvableOperation(f"no subgraph can answer {type_name} {{ {names} }} here")
        return self._carry_out(choices, type_name, site)

    def _carry_out(self, choices: Sequence[Choice], type_name: str, site: Site) -> set[FetchDraft]:
        used = {site.draft}
        guards = guards_of_jumps(choices)
        for choice in choices:
            if choice.jump is None:
                used |= self._place_direct(choice.field, type_name, site)
            else:
                target, prepared = self._open(choice, type_name, site, guards[choice.jump, choice.requires])
                used |= prepared | self._place_direct(self._filled(choice, target), choice.jump.type_name, target)
        return used

    def _filled(self, choice: Choice, target: Site) -> Field:
        """The field with the arguments that come from contexts; asked once more, it may have those of another fetch."""
        contexts = self._contexts_of(choice)
        if not contexts:
            return choice.field
        field = choice.field
        values = zip(contexts, target.draft.contexts, strict=True)
        filled = (context_argument(argument.name, value.variable) for argument, value in values)
        given = {argument.name for argument in contexts}
        arguments = (*(one for one in field.arguments if one.name.value not in given), *filled)
        return Field(field.key, field.name, arguments, field.selection, directives=field.directives, guard=field.guard)

    def _contexts_of(self, choice: Choice) -> tuple[ContextArgument, ...]:
        jump = choice.jump
        definition = self._supergraph.types[jump.type_name].fields.get(choice.field.name) if jump else None
        return definition.joins[jump.subgraph].contexts if jump and definition else ()

    def _fill_contexts(self, draft: FetchDraft, contexts: tuple[ContextArgument, ...], site: Site) -> set[FetchDraft]:
        used: set[FetchDraft] = set()
        for argument in contexts:
            setters = (
                pair for pair in reversed(site.ancestors) if self._supergraph.sets_context(argument.context, pair[1])
            )
            above, type_name = next(setters, (None, ""))
            if above is None:
                raise UnresolvableOperation(f"nothing above sets the context {argument.context} for {argument.name}")
            # of an object whose type is known nobody asks the type: fragments on it go
            needed = self._narrowing.remainder(argument.selection, type_name, frozenset())
            asking = replace(above, is_deferred=False)
            parts, fetched = self._prepare(needed, type_name, asking, is_key=False, guard=draft.guard)
            draft.contexts += (self._context_value(argument.type_text, above.path, parts),)
            used |= fetched
        return used

    def _context_value(self, type_text: str, path: Path, parts: tuple[KeyPart, ...]) -> ContextValue:
        """The variable for a value from the objects at a path, the same one for all arguments it fills."""
        key = (type_text, path, parts)
        found = self._values.get(key)
        if found is None:
            variable = next(name for name in self._variables if name not in self._taken)
            found = self._values[key] = ContextValue(variable, type_text, len(path), parts)
        return found

    def _place_direct(self, field: Field, type_name: str, site: Site) -> set[FetchDraft]:
        definition = self._supergraph.field(type_name, field.name)
        if field.name == TYPENAME:
            return {site.draft}
        join = definition.joins[site.place.subgraph]
        asked = self._ask(field, join.type_text, site)
        if field.selection is None or asked is None:
            return {site.draft}
        step = PathStep(field.key, definition.list_depth, site.on_type, self._typename_key(site))
        below = Site(
            site.draft,
            asked,
            site.place.inside(self._search.reach.provided_below(type_name, field, join, site.place)),
            site.position.child(field.key),
            (*site.path, step),
        )
        below.ancestors = (*site.ancestors, (site, type_name))
        if definition.list_depth == 0 and type_name not in self._supergraph.roots.values():
            below.above = Above(site, type_name, field)
        if join.type_name != definition.type_name and not self._search.is_abstract(join.type_name):
            # the client sees an interface or union here, so it needs the type's name though this subgraph knows it
            below.on_type = join.type_name
            self._ask_typename(below)
        return self._place(field.selection, join.type_name, below)

    def _typename_key(self, site: Site) -> str | None:
        return (site.typename_key or site.position.typename_key) if site.on_type is not None else None

    def _ask(self, field: Field, type_text: str, site: Site) -> Asked | None:
        is_visible = field.key in site.position.client_keys
        return site.asked.add(field, type_text, is_visible=is_visible).below

    def _ask_typename(self, site: Site) -> None:
        key = site.position.typename_key
        self._ask(Field(key, TYPENAME), "String!", site)

    def _ask_type_of(self, type_name: str, site: Site) -> None:
        """Ask an interface's or union's value what it is; as an interface object it is asked so under another name."""
        if not self._supergraph.interface_objects(type_name, site.place.subgraph):
            self._ask_typename(site)
            return
        self._ask(Field(site.position.standing_key, TYPENAME), "String!", site)
        for object_type in self._supergraph.possible_types(type_name, site.place.subgraph):
            self._ask_typename(site.narrowed(object_type))

    def _place_abstract(self, selection: Selection, type_name: str, site: Site) -> set[FetchDraft]:
        decision = self._search.decide_abstract(selection, type_name, site.place)
        is_interface_object = self._supergraph.is_interface_object(type_name, site.place.subgraph)
        if not is_interface_object:
            self._ask_type_of(type_name, site)
        used = {site.draft}
        for field in decision.local:
            used |= self._place_direct(field, type_name, site)
        for object_type, rest in decision.per_type.items():
            used |= self._place_one_of(rest, object_type, site)
        if selection.has_deferrals and decision.jump is None:
            for object_type in self._supergraph.possible_types(type_name, site.place.subgraph):
                self._postpone(selection, object_type, site.narrowed(object_type))
        used |= self._carry_out(decision.choices, type_name, site)
        if decision.jump is not None and decision.remainder is not None:
            used |= self._leave_interface_object(decision.jump, decision.remainder, type_name, site)
        elif is_interface_object and len(decision.local) == 0 and decision.remainder is not None:
            raise UnresolvableOperation(f"no subgraph knows the object types of {type_name}")
        return used

    def _place_one_of(self, selection: Selection, type_name: str, site: Site) -> set[FetchDraft]:
        if self._search.is_abstract(type_name):
            return self._place_abstract(selection, type_name, site.standing_as(type_name))
        return self._place_object(self._narrowing.fields_of(selection, type_name), type_name, site.narrowed(type_name))

    def _leave_interface_object(self, jump: Jump, rest: Selection, type_name: str, site: Site) -> set[FetchDraft]:
        passing = replace(site, place=site.place.passing(type_name, jump.subgraph))
        target, prepared = self._open(Choice(Field("", ""), jump), type_name, passing)
        return prepared | self._place(rest, type_name, target)

    def _open(
        self, choice: Choice, type_name: str, site: Site, guard: Guard | None = None
    ) -> "tuple[Site, set[FetchDraft]]":
        """The site behind a jump, and the fetches it waits for."""
        jump = cast("Jump", choice.jump)
        key = (jump, choice.requires, self._contexts_of(choice), guard)
        found = site.jumps.get(key)
        if found is None:
            found = site.jumps[key] = self._draft_jump(choice, jump, type_name, site, guard)
        # what is under way is the asking site's, not that of the one that opened the jump
        return found[0].moved_to(site.place.after(jump)), found[1]

    def _draft_jump(  # noqa: PLR0917 - what a jump consists of
        self, choice: Choice, jump: Jump, type_name: str, site: Site, guard: Guard | None
    ) -> "tuple[Site, set[FetchDraft]]":
        kind = "entities" if jump.key is not None else "query"
        draft = self.graph.add(FetchDraft(jump.subgraph, kind, site.path, guard=guard))
        waits = {site.draft}
        if jump.key is not None:
            preparing = site.preparing(type_name, jump.subgraph)
            preparing.is_deferred = False
            parts, used = self._prepare(jump.key, type_name, preparing, is_key=True, guard=guard)
            waits |= used
            if choice.requires is not None:
                preparing = site.preparing(type_name, jump.subgraph, choice.field.name)
                more, used = self._prepare(choice.requires, type_name, preparing, is_key=False, guard=guard)
                parts = (*parts, *more)
                waits |= used
            # the type is in every representation as it is
            self._represent(draft, jump, site, tuple(part for part in parts if part.name != TYPENAME))
            waits |= self._fill_contexts(draft, self._contexts_of(choice), site)
        draft.parents = waits
        asked = draft.asked.on(jump.type_name) if jump.key is not None else draft.asked
        target = Site(draft, asked, site.place.after(jump), site.position, site.path, site.on_type)
        target.ancestors, target.typename_key = site.ancestors, site.typename_key
        return target, waits | {draft}

    def _represent(self, draft: FetchDraft, jump: Jump, site: Site, parts: tuple[KeyPart, ...]) -> None:
        draft.represent(
            EntityInput(
                type_name=site.on_type,
                typename_key=self._typename_key(site),
                entity_type=jump.type_name,
                parts=parts,
            )
        )

    def _prepare(
        self, needed: Selection, type_name: str, site: Site, *, is_key: bool, guard: Guard | None
    ) -> tuple[tuple[KeyPart, ...], set[FetchDraft]]:
        adopted = site.position.adopt(needed)
        used = self._place(self._narrowing.guarded(adopted, guard), type_name, site)
        return self._parts(adopted, type_name, site.position, is_key=is_key), used

    def _parts(
        self, adopted: Selection, type_name: str, position: Position, *, is_key: bool, on_type: str | None = None
    ) -> tuple[KeyPart, ...]:
        parts: list[KeyPart] = []
        for item in adopted.items:
            if isinstance(item, Fragment):
                condition = item.type_condition or type_name
                parts.extend(self._parts(item.selection, condition, position, is_key=is_key, on_type=condition))
            else:
                parts.append(self._part(item, type_name, position, is_key=is_key, on_type=on_type))
        return tuple(parts)

    def _part(self, field: Field, type_name: str, position: Position, *, is_key: bool, on_type: str | None) -> KeyPart:
        definition = self._supergraph.field(type_name, field.name)
        below: tuple[KeyPart, ...] = ()
        if field.selection is not None:
            child = position.child(field.key)
            below = self._parts(field.selection, definition.type_name, child, is_key=is_key)
        return KeyPart(
            name=field.name,
            key=field.key,
            below=below,
            is_required=definition.is_non_null,
            on_type=on_type,
            typename_key=position.typename_key if on_type is not None else None,
            is_key=is_key,
            nullable_items=definition.nullable_items,
            constant=type_name if field.name == TYPENAME and not self._search.is_abstract(type_name) else None,
        )
