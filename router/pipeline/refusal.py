"""Requests that are refused before anything is fetched."""

from collections.abc import Sequence
from typing import Final

from graphql import GraphQLError

from kernel.subgraph import JsonObject, JsonValue
from router.execution.errors import graphql_error

BAD_USER_INPUT: Final = "BAD_USER_INPUT"
QUERY_TOO_DEEP: Final = "QUERY_TOO_DEEP"
QUERY_TOO_COSTLY: Final = "QUERY_TOO_COSTLY"
NOT_ACCEPTABLE: Final = "NOT_ACCEPTABLE"
RATE_LIMITED: Final = "RATE_LIMITED"
_MAX_ERRORS: Final = 20


class RequestRefused(Exception):
    """The request is not executed; `errors` are ready to be sent. `status` is the HTTP status."""

    def __init__(self, errors: Sequence[JsonObject], status: int = 400) -> None:
        super().__init__("the request is refused")
        self.errors = list(errors)
        self.status = status

    @classmethod
    def because(cls, message: str, code: str = BAD_USER_INPUT, status: int = 400) -> "RequestRefused":
        """A refusal with one error."""
        return cls([graphql_error(message, code)], status)

    @classmethod
    def of(cls, errors: Sequence[GraphQLError], code: str = BAD_USER_INPUT) -> "RequestRefused":
        """A refusal with the errors of the GraphQL library, which speak about the client's own document."""
        return cls([_located(error, code) for error in errors[:_MAX_ERRORS]])


def _located(error: GraphQLError, code: str) -> JsonObject:
    told = graphql_error(error.message, code)
    locations: list[JsonValue] = [{"line": place.line, "column": place.column} for place in error.locations or ()]
    if locations:
        told["locations"] = locations
    return told
