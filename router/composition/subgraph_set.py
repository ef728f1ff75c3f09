"""All subgraphs side by side, sorted by name: what cross-subgraph rules and merging ask their questions of."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from router.composition.subgraph import (
    CompositeType,
    EnumType,
    ExecutableDirective,
    Field,
    InputObjectType,
    InputValue,
    Subgraph,
    SubgraphType,
    UnionType,
)


@dataclass(frozen=True, slots=True)
class FieldSource:
    """One subgraph's declaration of a field, with the type that declares it."""

    subgraph: Subgraph
    parent: CompositeType
    field: Field


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of one field or directive as subgraphs declare it; `missing` are those without it."""

    coordinate: str
    name: str
    declared: Mapping[str, InputValue]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SubgraphSet:
    """The subgraphs of one graph; `supertypes` maps a type to every interface and union any subgraph puts it in.

    `by_type` maps it to the subgraphs that have it, with their versions, `by_field` each type's field to those that
    declare it.
    """

    subgraphs: tuple[Subgraph, ...]
    supertypes: Mapping[str, frozenset[str]]
    type_names: tuple[str, ...]
    by_name: Mapping[str, Subgraph]
    by_type: Mapping[str, tuple[tuple[Subgraph, SubgraphType], ...]]
    by_field: Mapping[tuple[str, str], tuple[FieldSource, ...]]

    def sources(self, type_name: str) -> tuple[tuple[Subgraph, SubgraphType], ...]:
        """Each subgraph that has the type, and its version of it."""
        return self.by_type.get(type_name, ())

    def holders(self, object_name: str) -> list[Subgraph]:
        """Each subgraph that has the object's type, or an interface or union of it."""
        names = (object_name, *self.supertypes.get(object_name, ()))
        found = {graph.name: graph for name in names for graph, _ in self.sources(name)}
        return [found[name] for name in sorted(found)]

    def composites(self, type_name: str) -> tuple[tuple[Subgraph, CompositeType], ...]:
        """The sources of an object or interface."""
        return tuple((graph, type_) for graph, type_ in self.sources(type_name) if isinstance(type_, CompositeType))

    def inputs(self, type_name: str) -> tuple[tuple[Subgraph, InputObjectType], ...]:
        """The sources of an input object."""
        return tuple((graph, type_) for graph, type_ in self.sources(type_name) if isinstance(type_, InputObjectType))

    def enums(self, type_name: str) -> tuple[tuple[Subgraph, EnumType], ...]:
        """The sources of an enum."""
        return tuple((graph, type_) for graph, type_ in self.sources(type_name) if isinstance(type_, EnumType))

    def field_sources(self, type_name: str, field_name: str) -> tuple[FieldSource, ...]:
        """Each subgraph that declares the field."""
        return self.by_field.get((type_name, field_name), ())

    def every_field(self) -> Iterator[tuple[str, str, tuple[FieldSource, ...]]]:
        """Every (type, field) of the graph with its sources."""
        for (type_name, field_name), sources in self.by_field.items():
            yield type_name, field_name, sources

    def shared_directives(self) -> Iterator[dict[str, ExecutableDirective]]:
        """The directives of operations that all subgraphs define with a place in common, each by subgraph."""
        for name in sorted(self.subgraphs[0].executable_directives if self.subgraphs else ()):
            defined = {
                graph.name: graph.executable_directives[name]
                for graph in self.subgraphs
                if name in graph.executable_directives
            }
            first, *others = [frozenset(directive.locations) for directive in defined.values()]
            if len(defined) == len(self.subgraphs) and first.intersection(*others):
                yield defined

    def every_argument(self) -> Iterator[Argument]:
        """Every argument of fields, where they are resolved, and of shared directives."""
        for type_name, field_name, sources in self.every_field():
            defining = {source.subgraph.name: source.field for source in sources if not source.field.is_external}
            yield from _arguments(
                f"{type_name}.{field_name}", {name: field.arguments for name, field in defining.items()}
            )
        for defined in self.shared_directives():
            by_subgraph = {name: directive.arguments for name, directive in defined.items()}
            yield from _arguments(f"@{next(iter(defined.values())).name}", by_subgraph)

    def is_subtype(self, name: str, of: str) -> bool:
        """Whether the type is the other one, implements it, or is a member of it."""
        return name == of or of in self.supertypes.get(name, frozenset())


def _arguments(coordinate: str, by_subgraph: Mapping[str, Mapping[str, InputValue]]) -> Iterator[Argument]:
    for name in dict.fromkeys(name for arguments in by_subgraph.values() for name in arguments):
        yield Argument(
            f"{coordinate}({name}:)",
            name,
            {graph: arguments[name] for graph, arguments in by_subgraph.items() if name in arguments},
            tuple(graph for graph, arguments in by_subgraph.items() if name not in arguments),
        )


def assemble(subgraphs: Sequence[Subgraph]) -> SubgraphSet:
    """Put subgraphs side by side."""
    ordered = tuple(sorted(subgraphs, key=lambda subgraph: subgraph.name))
    supertypes: dict[str, set[str]] = {}
    by_type: dict[str, list[tuple[Subgraph, SubgraphType]]] = {}
    for subgraph in ordered:
        for name, type_ in subgraph.types.items():
            by_type.setdefault(name, []).append((subgraph, type_))
            if isinstance(type_, CompositeType):
                supertypes.setdefault(name, set()).update(type_.interfaces)
            elif isinstance(type_, UnionType):
                for member in type_.members:
                    supertypes.setdefault(member, set()).add(name)
    frozen = {name: frozenset(above) for name, above in supertypes.items()}
    by_name = {subgraph.name: subgraph for subgraph in ordered}
    sources = {name: tuple(found) for name, found in by_type.items()}
    names = tuple(sorted(by_type))
    return SubgraphSet(ordered, frozen, names, by_name, sources, _by_field(names, sources))


def _by_field(
    type_names: Sequence[str], by_type: Mapping[str, Sequence[tuple[Subgraph, SubgraphType]]]
) -> dict[tuple[str, str], tuple[FieldSource, ...]]:
    fields: dict[tuple[str, str], list[FieldSource]] = {}
    for type_name in type_names:
        for graph, type_ in by_type[type_name]:
            if isinstance(type_, CompositeType):
                for field in type_.fields.values():
                    fields.setdefault((type_name, field.name), []).append(FieldSource(graph, type_, field))
    return {coordinate: tuple(found) for coordinate, found in fields.items()}
