"""The shape of a rule's case, and the beginnings of SDL the cases share."""

from collections.abc import Mapping
from dataclasses import dataclass

from router.composition import ErrorCode


@dataclass(frozen=True, slots=True)
class RuleCase:
    """`refused` gives exactly the error `code` at `coordinate` for `subgraphs`; `accepted` composes."""

    code: ErrorCode
    coordinate: str
    subgraphs: tuple[str, ...]
    refused: Mapping[str, str]
    accepted: Mapping[str, str]
    name: str = ""


QUERY = "type Query { ping: Boolean } "
QUERY_PRODUCT = 'type Query { p: Product } type Product @key(fields: "id") '
