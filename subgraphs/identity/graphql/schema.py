"""Builds identity's federated schema."""

from collections.abc import Mapping
from typing import Final

from kernel.graphql import SubgraphSchema
from subgraphs.identity import errors
from subgraphs.identity.graphql.mutations import Mutation
from subgraphs.identity.graphql.queries import Query

_WORDS: Final[Mapping[str, str]] = {
    "storeId": "Only those of this store.",
    "userId": "Global id of the user.",
    "roles": "All roles the user has afterwards.",
    "storeIds": "All stores the user works in afterwards.",
    "AccountState.PENDING": "It follows within seconds, or as soon as the identity provider answers.",
    "AccountState.IN_STEP": "It is what the user is here.",
    "AccountState.REFUSED": "It is somebody else's: another tenant's, or one with the same address.",
    "ApprovalAction.PRICE_OVERRIDE": "Selling at another price.",
    "ApprovalAction.VOID": "Taking something off a sale, or giving the sale up.",
    "ApprovalAction.DRAWER_OPEN": "Opening the drawer without a sale.",
    "DeviceStatus.ENROLLED": "Its requests count.",
    "TillItemStatus.ACCEPTED": "It counts.",
    "TillItemStatus.DUPLICATE": "It came before, in another batch.",
    "TillItemStatus.REJECTED": "It does not count.",
    "TillItemStatus.NEEDS_REVIEW": "It counts, and somebody looks at it.",
    "DeviceStatus.REVOKED": "Nothing it sends counts any more.",
}


def build_schema() -> SubgraphSchema:
    """A fresh schema; its SDL is published as schema/subgraphs/identity.graphql."""
    return SubgraphSchema(query=Query, mutation=Mutation, errors=errors, words=_WORDS)
