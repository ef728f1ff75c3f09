"""PostgreSQL: tenant-fenced transactions, migrations, keyset paging. Each context has its own schema and roles."""

from kernel.database.aggregate import Aggregate, TenantOwned, context_metadata
from kernel.database.connection import Database
from kernel.database.listing import Listing, one_of
from kernel.database.paging import Page, PageArguments, SortKey
from kernel.database.reading import Reader, ReadFailed
from kernel.database.row import Row, UnselectedColumn
from kernel.database.statement_count import StatementCount, count_statements
from kernel.database.transaction import Transaction

__all__ = [
    "Aggregate",
    "Database",
    "Listing",
    "Page",
    "PageArguments",
    "ReadFailed",
    "Reader",
    "Row",
    "SortKey",
    "StatementCount",
    "TenantOwned",
    "Transaction",
    "UnselectedColumn",
    "context_metadata",
    "count_statements",
    "one_of",
]
