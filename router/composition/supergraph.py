"""The merged graph: each type once, with the record of which subgraph contributes what."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from graphql.language import ConstValueNode, DirectiveDefinitionNode, TypeNode

from router.composition.subgraph import Kind, Metadata


@dataclass(frozen=True, slots=True)
class Graph:
    """A subgraph as the supergraph names it: `value` is its member of the enum `join__Graph`."""

    value: str
    name: str
    url: str


@dataclass(frozen=True, slots=True)
class TypeJoin:
    """One `@join__type`; an entity has one for each key."""

    graph: str
    key: str | None = None
    is_extension: bool = False
    is_resolvable: bool = True
    is_interface_object: bool = False


@dataclass(frozen=True, slots=True)
class ContextJoin:
    """One of the `contextArguments` of a `@join__field`; the context's name begins with its subgraph's."""

    name: str
    type: str
    context: str
    selection: str


@dataclass(frozen=True, slots=True)
class FieldJoin:
    """One `@join__field`; without a graph the field comes through an interface object."""

    graph: str | None = None
    type: str | None = None
    requires: str | None = None
    provides: str | None = None
    is_external: bool = False
    override: str | None = None
    override_label: str | None = None
    is_overridden_but_used: bool = False
    context_arguments: tuple[ContextJoin, ...] = ()


@dataclass(frozen=True, slots=True)
class MergedInput:
    """An argument or input field of the supergraph; arguments have no joins."""

    name: str
    type: TypeNode
    default: ConstValueNode | None
    metadata: Metadata
    joins: tuple[FieldJoin, ...] = ()


@dataclass(frozen=True, slots=True)
class MergedField:
    """A field of the supergraph; without joins every subgraph of its type resolves it."""

    name: str
    type: TypeNode
    arguments: tuple[MergedInput, ...]
    metadata: Metadata
    joins: tuple[FieldJoin, ...] = ()


@dataclass(frozen=True, slots=True)
class MergedComposite:
    """An object or interface of the supergraph; `implementations` are (graph, interface) pairs."""

    name: str
    kind: Kind
    metadata: Metadata
    joins: tuple[TypeJoin, ...]
    interfaces: tuple[str, ...]
    implementations: tuple[tuple[str, str], ...]
    fields: Mapping[str, MergedField]
    contexts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MergedInputObject:
    """An input object of the supergraph."""

    name: str
    metadata: Metadata
    joins: tuple[TypeJoin, ...]
    fields: Mapping[str, MergedInput]
    is_one_of: bool
    kind: Kind = Kind.INPUT


@dataclass(frozen=True, slots=True)
class MergedEnumValue:
    """An enum value and the graphs that know it."""

    name: str
    metadata: Metadata
    graphs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MergedEnum:
    """An enum of the supergraph."""

    name: str
    metadata: Metadata
    joins: tuple[TypeJoin, ...]
    values: Mapping[str, MergedEnumValue]
    kind: Kind = Kind.ENUM


@dataclass(frozen=True, slots=True)
class MergedUnion:
    """A union of the supergraph; `memberships` are (graph, member) pairs."""

    name: str
    metadata: Metadata
    joins: tuple[TypeJoin, ...]
    members: tuple[str, ...]
    memberships: tuple[tuple[str, str], ...]
    contexts: tuple[str, ...] = ()
    kind: Kind = Kind.UNION


@dataclass(frozen=True, slots=True)
class MergedScalar:
    """A custom scalar of the supergraph."""

    name: str
    metadata: Metadata
    joins: tuple[TypeJoin, ...]
    specified_by_url: str | None
    kind: Kind = Kind.SCALAR


MergedType = MergedComposite | MergedInputObject | MergedEnum | MergedUnion | MergedScalar


@dataclass(frozen=True, slots=True)
class MergedDirective:
    """A directive of operations that every subgraph understands."""

    name: str
    description: str | None
    arguments: tuple[MergedInput, ...]
    locations: tuple[str, ...]
    is_repeatable: bool


@dataclass(frozen=True, slots=True)
class ComposedFeature:
    """A specification of the subgraphs' own: its URL, and its directives as (own name, name used, definition)."""

    url: str
    directives: tuple[tuple[str, str, DirectiveDefinitionNode], ...]


@dataclass(frozen=True, slots=True)
class Supergraph:
    """The merged graph, types in alphabetical order.

    `directive_names` are what merged directives are called that cannot keep their own names, `description` is the
    schema's own.
    """

    graphs: tuple[Graph, ...]
    types: Mapping[str, MergedType]
    executable_directives: tuple[MergedDirective, ...] = ()
    composed_features: tuple[ComposedFeature, ...] = ()
    directive_names: Mapping[str, str] = field(default_factory=dict[str, str])
    description: str | None = None

    def possible_types(self, name: str) -> tuple[str, ...]:
        """The object types a value of this type can be."""
        found = self.types.get(name)
        if isinstance(found, MergedUnion):
            return found.members
        if isinstance(found, MergedComposite) and found.kind is Kind.INTERFACE:
            return tuple(
                candidate.name
                for candidate in self.types.values()
                if isinstance(candidate, MergedComposite)
                and candidate.kind is Kind.OBJECT
                and name in candidate.interfaces
            )
        return (name,) if found else ()
