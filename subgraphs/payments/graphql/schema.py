"""Builds payments' federated schema."""

from collections.abc import Mapping
from typing import Final

from kernel.graphql import SubgraphSchema
from subgraphs.payments import errors
from subgraphs.payments.graphql.mutations import Mutation
from subgraphs.payments.graphql.queries import Query
from subgraphs.payments.graphql.types import Order

#: what arguments and enum values mean; codes of refusals are described in errors.py
_WORDS: Final[Mapping[str, str]] = {
    "PaymentMethod.CARD": "A card, as a token of the payment provider.",
    "PaymentStatus.PENDING": "The outcome is not known yet.",
    "PaymentStatus.COMPLETED": "The money is captured.",
    "PaymentStatus.FAILED": "Declined, or never received by the provider.",
    "PaymentStatus.VOIDED": "Captured and given back before the order was confirmed.",
    "PaymentStatus.REFUNDED": "All of it went back.",
    "PaymentStatus.PARTIALLY_REFUNDED": "Some of it went back.",
    "RefundStatus.PENDING": "The provider has not given the money back yet.",
    "RefundStatus.COMPLETED": "The money has gone back.",
    "RefundStatus.FAILED": "It could not be given back; a person has to look.",
}


def build_schema() -> SubgraphSchema:
    """A fresh schema; its SDL is published as schema/subgraphs/payments.graphql."""
    return SubgraphSchema(query=Query, mutation=Mutation, words=_WORDS, errors=errors, types=[Order])
