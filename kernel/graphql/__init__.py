"""How a context speaks GraphQL: shared value types, connections, request context, and the subgraph that serves them."""

from kernel.graphql.columns import global_id, money, user_errors
from kernel.graphql.connection import Connection, connection_of, page_arguments
from kernel.graphql.context import RequestContext
from kernel.graphql.finding import find, lists_by, rows_by
from kernel.graphql.references import Reference, id_of, natural_key, reference, stub
from kernel.graphql.schema import SubgraphSchema
from kernel.graphql.service import Subgraph, SubgraphSettings, assemble_subgraph, serve_subgraph
from kernel.graphql.types import CurrencyCode, MoneyInput, MoneyType, PageInfo, UserError, field_path
from kernel.graphql.written import Written, written

__all__ = [
    "Connection",
    "CurrencyCode",
    "MoneyInput",
    "MoneyType",
    "PageInfo",
    "Reference",
    "RequestContext",
    "Subgraph",
    "SubgraphSchema",
    "SubgraphSettings",
    "UserError",
    "Written",
    "assemble_subgraph",
    "connection_of",
    "field_path",
    "find",
    "global_id",
    "id_of",
    "lists_by",
    "money",
    "natural_key",
    "page_arguments",
    "reference",
    "rows_by",
    "serve_subgraph",
    "stub",
    "user_errors",
    "written",
]
