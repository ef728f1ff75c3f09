"""What identity can change, by what it is about."""

import strawberry

from subgraphs.identity.graphql.mutations.people import PeopleMutation


@strawberry.type
class Mutation(PeopleMutation):
    """Every mutation of identity."""
