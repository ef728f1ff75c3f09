"""What identity can change, by what it is about."""

import strawberry

from subgraphs.identity.graphql.mutations.approvals import ApprovalMutation
from subgraphs.identity.graphql.mutations.devices import DeviceMutation
from subgraphs.identity.graphql.mutations.people import PeopleMutation
from subgraphs.identity.graphql.mutations.pins import PinMutation
from subgraphs.identity.graphql.mutations.till_items import TillItemMutation


@strawberry.type
class Mutation(PeopleMutation, DeviceMutation, PinMutation, ApprovalMutation, TillItemMutation):
    """Every mutation of identity."""
