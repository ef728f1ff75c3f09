"""What is wrong with a schema by GraphQL's own rules, as far as federation holds by them."""

import re

from graphql import GraphQLError, GraphQLSchema, validate_schema

# Federation is older than GraphQL's rule that what an interface keeps its implementations do not deprecate, and every
# composer accepts it.
_TOLERATED = re.compile(r".* is not deprecated, so implementation field")


def schema_faults(schema: GraphQLSchema) -> list[GraphQLError]:
    """Every fault but those federation tolerates."""
    return [fault for fault in validate_schema(schema) if not _TOLERATED.match(fault.message)]
