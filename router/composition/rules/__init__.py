"""The rules of composition, one per file, named as the federation specification names them.

Some of its codes have their seat elsewhere: what a subgraph links is judged where links are read (`links`), its own
GraphQL and its definitions of federation's elements where it is read (`reading`), and SATISFIABILITY_ERROR is a walk
of its own (`satisfiability`).
"""

from collections.abc import Callable, Iterator, Sequence

from router.composition.errors import CompositionError
from router.composition.rules.auth_requirements_applied_on_interface import auth_requirements_applied_on_interface
from router.composition.rules.context_invalid_selection import context_invalid_selection
from router.composition.rules.context_name_invalid import context_name_invalid
from router.composition.rules.context_no_resolvable_key import context_no_resolvable_key
from router.composition.rules.context_not_set import context_not_set
from router.composition.rules.contextual_argument_not_contextual_in_all_subgraphs import (
    contextual_argument_not_contextual_in_all_subgraphs,
)
from router.composition.rules.cost_applied_to_interface_field import cost_applied_to_interface_field
from router.composition.rules.default_value_uses_inaccessible import default_value_uses_inaccessible
from router.composition.rules.directive_composition_error import directive_composition_error
from router.composition.rules.disallowed_inaccessible import disallowed_inaccessible
from router.composition.rules.empty_merged_enum_type import empty_merged_enum_type
from router.composition.rules.empty_merged_input_type import empty_merged_input_type
from router.composition.rules.enum_value_mismatch import enum_value_mismatch
from router.composition.rules.extension_with_no_base import extension_with_no_base
from router.composition.rules.external_argument_default_mismatch import external_argument_default_mismatch
from router.composition.rules.external_argument_missing import external_argument_missing
from router.composition.rules.external_argument_type_mismatch import external_argument_type_mismatch
from router.composition.rules.external_collision_with_another_directive import (
    external_collision_with_another_directive,
)
from router.composition.rules.external_missing_on_base import external_missing_on_base
from router.composition.rules.external_on_interface import external_on_interface
from router.composition.rules.external_type_mismatch import external_type_mismatch
from router.composition.rules.external_unused import external_unused
from router.composition.rules.field_argument_default_mismatch import field_argument_default_mismatch
from router.composition.rules.field_argument_type_mismatch import field_argument_type_mismatch
from router.composition.rules.field_type_mismatch import field_type_mismatch
from router.composition.rules.implemented_by_inaccessible import implemented_by_inaccessible
from router.composition.rules.input_field_default_mismatch import input_field_default_mismatch
from router.composition.rules.interface_field_no_implem import interface_field_no_implem
from router.composition.rules.interface_key_missing_implementation_type import interface_key_missing_implementation_type
from router.composition.rules.interface_key_not_on_implementation import interface_key_not_on_implementation
from router.composition.rules.interface_object_usage_error import (
    interface_object_usage_error,
    interface_object_without_key,
)
from router.composition.rules.invalid_field_sharing import invalid_field_sharing
from router.composition.rules.invalid_graphql import invalid_composed_directives, invalid_graphql
from router.composition.rules.invalid_shareable_usage import invalid_shareable_usage
from router.composition.rules.invalid_subgraph_name import invalid_subgraph_name
from router.composition.rules.key_directive_in_fields_arg import key_directive_in_fields_arg
from router.composition.rules.key_fields_has_args import key_fields_has_args
from router.composition.rules.key_fields_select_invalid_type import key_fields_select_invalid_type
from router.composition.rules.key_invalid_fields import key_invalid_fields
from router.composition.rules.key_invalid_fields_type import key_invalid_fields_type
from router.composition.rules.key_unsupported_on_interface import key_unsupported_on_interface
from router.composition.rules.link_import_name_mismatch import link_import_name_mismatch
from router.composition.rules.list_size_applied_to_non_list import list_size_applied_to_non_list
from router.composition.rules.list_size_invalid_assumed_size import list_size_invalid_assumed_size
from router.composition.rules.list_size_invalid_sized_field import list_size_invalid_sized_field
from router.composition.rules.list_size_invalid_slicing_argument import (
    list_size_by_lost_argument,
    list_size_invalid_slicing_argument,
)
from router.composition.rules.merged_directive_application_on_external import merged_directive_application_on_external
from router.composition.rules.missing_transitive_auth_requirements import missing_transitive_auth_requirements
from router.composition.rules.no_context_in_selection import no_context_in_selection
from router.composition.rules.no_queries import no_queries
from router.composition.rules.only_inaccessible_children import only_inaccessible_children
from router.composition.rules.override_collision_with_another_directive import override_collision_with_another_directive
from router.composition.rules.override_from_self_error import override_from_self_error
from router.composition.rules.override_label_invalid import override_label_invalid
from router.composition.rules.override_on_interface import override_on_interface
from router.composition.rules.override_source_has_override import override_source_has_override
from router.composition.rules.provides_directive_in_fields_arg import provides_directive_in_fields_arg
from router.composition.rules.provides_fields_has_args import provides_fields_has_args
from router.composition.rules.provides_fields_missing_external import provides_fields_missing_external
from router.composition.rules.provides_invalid_fields import provides_invalid_fields
from router.composition.rules.provides_invalid_fields_type import provides_invalid_fields_type
from router.composition.rules.provides_on_non_object_field import provides_on_non_object_field
from router.composition.rules.provides_unsupported_on_interface import provides_unsupported_on_interface
from router.composition.rules.query_root_type_inaccessible import query_root_type_inaccessible
from router.composition.rules.referenced_inaccessible import referenced_inaccessible
from router.composition.rules.required_argument_missing_in_some_subgraph import (
    required_argument_missing_in_some_subgraph,
)
from router.composition.rules.required_inaccessible import required_inaccessible
from router.composition.rules.required_input_field_missing_in_some_subgraph import (
    required_input_field_missing_in_some_subgraph,
)
from router.composition.rules.requires_directive_in_fields_arg import requires_directive_in_fields_arg
from router.composition.rules.requires_fields_missing_external import requires_fields_missing_external
from router.composition.rules.requires_invalid_fields import requires_arguments_not_understood, requires_invalid_fields
from router.composition.rules.requires_invalid_fields_type import requires_invalid_fields_type
from router.composition.rules.requires_unsupported_on_interface import requires_unsupported_on_interface
from router.composition.rules.type_kind_mismatch import type_kind_mismatch
from router.composition.rules.type_with_only_unused_external import type_with_only_unused_external
from router.composition.source import SubgraphSource
from router.composition.subgraph import Subgraph
from router.composition.subgraph_set import SubgraphSet
from router.composition.supergraph import Supergraph

SOURCE_RULES: tuple[Callable[[Sequence[SubgraphSource]], Iterator[CompositionError]], ...] = (invalid_subgraph_name,)

SUBGRAPH_RULES: tuple[Callable[[Subgraph], Iterator[CompositionError]], ...] = (
    key_invalid_fields_type,
    key_invalid_fields,
    key_fields_has_args,
    key_fields_select_invalid_type,
    key_unsupported_on_interface,
    requires_invalid_fields_type,
    requires_invalid_fields,
    requires_fields_missing_external,
    requires_unsupported_on_interface,
    provides_invalid_fields_type,
    provides_on_non_object_field,
    provides_invalid_fields,
    provides_fields_has_args,
    provides_fields_missing_external,
    provides_unsupported_on_interface,
    external_collision_with_another_directive,
    type_with_only_unused_external,
    external_unused,
    external_on_interface,
    invalid_shareable_usage,
    interface_key_not_on_implementation,
    key_directive_in_fields_arg,
    provides_directive_in_fields_arg,
    requires_directive_in_fields_arg,
    cost_applied_to_interface_field,
    list_size_applied_to_non_list,
    list_size_invalid_assumed_size,
    list_size_invalid_sized_field,
    list_size_invalid_slicing_argument,
    context_name_invalid,
    no_context_in_selection,
    context_not_set,
    context_invalid_selection,
    context_no_resolvable_key,
    interface_object_without_key,
    auth_requirements_applied_on_interface,
    disallowed_inaccessible,
)

GRAPH_RULES: tuple[Callable[[SubgraphSet], Iterator[CompositionError]], ...] = (
    directive_composition_error,
    link_import_name_mismatch,
    no_queries,
    type_kind_mismatch,
    extension_with_no_base,
    interface_object_usage_error,
    interface_key_missing_implementation_type,
    field_type_mismatch,
    field_argument_type_mismatch,
    field_argument_default_mismatch,
    required_argument_missing_in_some_subgraph,
    contextual_argument_not_contextual_in_all_subgraphs,
    required_input_field_missing_in_some_subgraph,
    input_field_default_mismatch,
    external_missing_on_base,
    external_type_mismatch,
    external_argument_missing,
    external_argument_type_mismatch,
    external_argument_default_mismatch,
    requires_arguments_not_understood,
    invalid_field_sharing,
    enum_value_mismatch,
    empty_merged_enum_type,
    empty_merged_input_type,
    override_source_has_override,
    override_collision_with_another_directive,
    merged_directive_application_on_external,
)

# A subgraph's own, held with those of the graph: what is wrong with an override may be that others do not fit it.
OVERRIDE_RULES: tuple[Callable[[Subgraph], Iterator[CompositionError]], ...] = (
    override_from_self_error,
    override_on_interface,
    override_label_invalid,
)

# Held when the fields themselves fit together: what a field demands is what all its subgraphs demand.
ACCESS_RULES: tuple[Callable[[SubgraphSet], Iterator[CompositionError]], ...] = (missing_transitive_auth_requirements,)

SUPERGRAPH_RULES: tuple[Callable[[Supergraph], Iterator[CompositionError]], ...] = (
    interface_field_no_implem,
    query_root_type_inaccessible,
    only_inaccessible_children,
    referenced_inaccessible,
    required_inaccessible,
    implemented_by_inaccessible,
    default_value_uses_inaccessible,
    list_size_by_lost_argument,
)

# Held last, when nothing more telling was found.
MERGED_SCHEMA_RULES: tuple[Callable[[Supergraph], Iterator[CompositionError]], ...] = (
    invalid_graphql,
    invalid_composed_directives,
)
