"""PostgreSQL: tenant-fenced transactions, migrations, keyset paging. Each context has its own schema and roles."""

from kernel.database.aggregate import Aggregate, TenantOwned, context_metadata
from kernel.database.connection import Database, StatementCount, count_statements
from kernel.database.paging import Page, PageArguments, SortKey, paginate, paginate_each
from kernel.database.transaction import Transaction

__all__ = [
    "Aggregate",
    "Database",
    "Page",
    "PageArguments",
    "SortKey",
    "StatementCount",
    "TenantOwned",
    "Transaction",
    "context_metadata",
    "count_statements",
    "paginate",
    "paginate_each",
]
