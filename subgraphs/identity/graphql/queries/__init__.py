"""What identity answers, by what it is about."""

import strawberry

from subgraphs.identity.graphql.queries.devices import DeviceQuery
from subgraphs.identity.graphql.queries.people import PeopleQuery


@strawberry.type
class Query(PeopleQuery, DeviceQuery):
    """Every root field of identity."""
