"""Builds identity's federated schema."""

from kernel.graphql import SubgraphSchema
from subgraphs.identity import errors
from subgraphs.identity.graphql.mutations import Mutation
from subgraphs.identity.graphql.queries import Query


def build_schema() -> SubgraphSchema:
    """A fresh schema; its SDL is published as schema/subgraphs/identity.graphql."""
    return SubgraphSchema(query=Query, mutation=Mutation, errors=errors)
