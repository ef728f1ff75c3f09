"""What is wrong with a schema by GraphQL's own rules, as far as federation holds by them."""

import re
from collections.abc import Iterator

from graphql import (
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    validate_schema,
)

# Federation is older than GraphQL's rule that what an interface keeps its implementations do not deprecate, and every
# composer accepts it.
_TOLERATED = re.compile(r".* is not deprecated, so implementation field")


def schema_faults(schema: GraphQLSchema) -> list[GraphQLError]:
    """Every fault but those federation tolerates."""
    # graphql-core raises where a default has a value for such a field, so nothing else is looked at then.
    faults = list(_outputs_as_inputs(schema)) or validate_schema(schema)
    return [fault for fault in faults if not _TOLERATED.match(fault.message)]


def _outputs_as_inputs(schema: GraphQLSchema) -> Iterator[GraphQLError]:
    for type_ in schema.type_map.values():
        for name, field in type_.fields.items() if isinstance(type_, GraphQLInputObjectType) else ():
            if isinstance(get_named_type(field.type), GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType):
                message = f"The type of {type_.name}.{name} must be Input Type but got: {field.type}."
                yield GraphQLError(message, field.ast_node)
