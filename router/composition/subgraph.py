"""A subgraph after reading: types with canonical federation metadata, whatever names its SDL used for them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from graphql import GraphQLSchema
from graphql.language import ConstValueNode, DirectiveDefinitionNode, TypeNode

from router.composition.context_references import ContextReference
from router.composition.field_sets import FieldSet

ROOT_TYPES = ("Query", "Mutation", "Subscription")


class Kind(StrEnum):
    """The kinds of a GraphQL type."""

    SCALAR = "scalar"
    OBJECT = "object"
    INTERFACE = "interface"
    UNION = "union"
    ENUM = "enum"
    INPUT = "input"


ABSTRACT_KINDS = (Kind.INTERFACE, Kind.UNION)
COMPOSITE_KINDS = (Kind.OBJECT, *ABSTRACT_KINDS)


@dataclass(frozen=True, slots=True)
class ListSize:
    """The arguments of `@listSize`."""

    assumed_size: int | None = None
    slicing_arguments: tuple[str, ...] | None = None
    sized_fields: tuple[str, ...] | None = None
    requires_one_slicing_argument: bool = True


@dataclass(frozen=True, slots=True)
class Access:
    """Who may see an element: scopes and policies are alternatives (outer) of things all needed (inner)."""

    is_authenticated: bool = False
    scopes: tuple[tuple[str, ...], ...] | None = None
    policies: tuple[tuple[str, ...], ...] | None = None


@dataclass(frozen=True, slots=True)
class ComposedApplication:
    """One application, as SDL, of a directive that `@composeDirective` names."""

    name: str
    text: str
    is_repeatable: bool


@dataclass(frozen=True, slots=True)
class CacheTag:
    """The format of one `@cacheTag`; in the supergraph with the members of `join__Graph` that have it."""

    format: str
    graphs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Metadata:
    """What an element carries into the supergraph besides its shape."""

    description: str | None = None
    deprecation_reason: str | None = None
    is_inaccessible: bool = False
    tags: tuple[str, ...] = ()
    access: Access = Access()
    cost_weight: int | None = None
    list_size: ListSize | None = None
    composed: tuple[ComposedApplication, ...] = ()
    cache_tags: tuple[CacheTag, ...] = ()


@dataclass(frozen=True, slots=True)
class InputValue:
    """An argument or an input field."""

    name: str
    type: TypeNode
    default: ConstValueNode | None
    metadata: Metadata


@dataclass(frozen=True, slots=True)
class ExecutableDirective:
    """A directive of operations; `locations` are only those where an operation can have it."""

    name: str
    description: str | None
    arguments: Mapping[str, InputValue]
    locations: tuple[str, ...]
    is_repeatable: bool


@dataclass(frozen=True, slots=True)
class ContextualArgument:
    """An argument the router fills from a context: callers never see it."""

    name: str
    type: TypeNode
    default: ConstValueNode | None
    reference: ContextReference


@dataclass(frozen=True, slots=True)
class Override:
    """`@override(from:, label:)`."""

    source: str
    label: str | None


@dataclass(frozen=True, slots=True)
class Field:
    """A field of an object or interface."""

    name: str
    type: TypeNode
    arguments: Mapping[str, InputValue]
    metadata: Metadata
    is_external: bool = False
    is_shareable: bool = False
    requires: FieldSet | None = None
    provides: FieldSet | None = None
    override: Override | None = None
    contextual_arguments: tuple[ContextualArgument, ...] = ()


@dataclass(frozen=True, slots=True)
class Key:
    """One `@key` of an entity."""

    fields: FieldSet
    is_resolvable: bool


@dataclass(frozen=True, slots=True)
class CompositeType:
    """An object or an interface. An interface object keeps kind OBJECT and the flag."""

    name: str
    kind: Kind
    metadata: Metadata
    fields: Mapping[str, Field]
    interfaces: tuple[str, ...]
    keys: tuple[Key, ...]
    is_extension: bool
    is_interface_object: bool
    contexts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InputObjectType:
    """An input object."""

    name: str
    metadata: Metadata
    fields: Mapping[str, InputValue]
    is_one_of: bool
    is_extension: bool = False
    kind: Kind = Kind.INPUT


@dataclass(frozen=True, slots=True)
class EnumType:
    """An enum with its values' metadata."""

    name: str
    metadata: Metadata
    values: Mapping[str, Metadata]
    is_extension: bool = False
    kind: Kind = Kind.ENUM


@dataclass(frozen=True, slots=True)
class UnionType:
    """A union with its member names."""

    name: str
    metadata: Metadata
    members: tuple[str, ...]
    contexts: tuple[str, ...] = ()
    is_extension: bool = False
    kind: Kind = Kind.UNION


@dataclass(frozen=True, slots=True)
class ScalarType:
    """A custom scalar."""

    name: str
    metadata: Metadata
    specified_by_url: str | None
    is_extension: bool = False
    kind: Kind = Kind.SCALAR


SubgraphType = CompositeType | InputObjectType | EnumType | UnionType | ScalarType


@dataclass(frozen=True, slots=True)
class ComposedDirective:
    """A directive of the subgraph's own that `@composeDirective` takes into the supergraph.

    `identity` and the version are of the specification it is linked from, `canonical` is its name there.
    """

    name: str
    identity: str
    canonical: str
    major: int
    minor: int
    definition: DirectiveDefinitionNode


@dataclass(frozen=True, slots=True)
class Subgraph:
    """One subgraph, read and valid as GraphQL. `minor` is its Federation 2 minor version, None for Federation 1.

    `own_names` are the names it may use for federation's directives, each with the canonical one; `applied_names`
    are those it applies of the directives that are merged, by canonical name. `keyed_interfaces` are those whose key
    means nothing, because Federation 1 had none on interfaces. `description` is the schema's own.
    """

    name: str
    url: str
    minor: int | None
    types: Mapping[str, SubgraphType]
    executable_directives: Mapping[str, ExecutableDirective]
    schema: GraphQLSchema
    composed_directives: tuple[ComposedDirective, ...] = ()
    schema_directives: frozenset[str] = frozenset()
    own_names: Mapping[str, str] = field(default_factory=dict[str, str])
    applied_names: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    keyed_interfaces: frozenset[str] = frozenset()
    description: str | None = None

    def composite(self, name: str) -> CompositeType | None:
        """The object or interface of that name, if the subgraph has one."""
        found = self.types.get(name)
        return found if isinstance(found, CompositeType) else None

    def possible_types(self, name: str) -> tuple[str, ...]:
        """The object types a value of this type can be in this subgraph."""
        found = self.types.get(name)
        if isinstance(found, UnionType):
            return found.members
        if isinstance(found, CompositeType) and found.kind is Kind.INTERFACE:
            return tuple(
                candidate.name
                for candidate in self.types.values()
                if isinstance(candidate, CompositeType)
                and candidate.kind is Kind.OBJECT
                and name in candidate.interfaces
            )
        return (name,) if found else ()
