"""Builds catalog's federated schema."""

from collections.abc import Mapping
from typing import Final

from kernel.graphql import SubgraphSchema
from subgraphs.catalog import errors
from subgraphs.catalog.graphql.mutations import Mutation
from subgraphs.catalog.graphql.queries import Query

#: what arguments and enum values mean; codes of refusals are described in errors.py
_WORDS: Final[Mapping[str, str]] = {
    "slug": "The product's slug.",
    "sku": "The variant's SKU.",
    "query": "What the customer typed; the last word may be unfinished.",
    "price": "The new price, in the tenant's currency.",
    "items": "At most 100 products.",
    "errorPolicy": "What a refused item means for the others.",
    "ErrorPolicy.REJECT_EVERYTHING": "One refused item refuses the whole batch.",
    "ErrorPolicy.REJECT_FAILED_ROWS": "Refused items are left out, the others are written.",
    "ErrorPolicy.IGNORE_FAILED": "Refused parts of an item are left out, the rest of it is written.",
    "OrderDirection.ASC": "Smallest or oldest first.",
    "OrderDirection.DESC": "Largest or newest first.",
    "ProductOrderField.CREATED_AT": "When the product was created.",
    "ProductOrderField.UPDATED_AT": "When it was last changed.",
    "ProductOrderField.NAME": "Its name.",
    "ProductStatus.ACTIVE": "On sale.",
    "ProductStatus.ARCHIVED": "No longer on sale, kept for old orders.",
    "UpsertOutcome.CREATED": "There was no such product.",
    "UpsertOutcome.UPDATED": "Something was different.",
    "UpsertOutcome.UNCHANGED": "It was like this already.",
    "UpsertOutcome.REFUSED": "See the user errors.",
}


def build_schema() -> SubgraphSchema:
    """A fresh schema; its SDL is published as schema/subgraphs/catalog.graphql."""
    return SubgraphSchema(query=Query, mutation=Mutation, words=_WORDS, errors=errors)
