"""Executes GraphQL operations as compiled Python, level by level; knows of no domain and nothing else of the kernel."""

from kernel.graphql.execution.executor import CompiledExecutor
from kernel.graphql.execution.fields import column, computed, load_one, reads, relation
from kernel.graphql.execution.plan import CompileLimits, Fallback, Plan, Statistics
from kernel.graphql.execution.selection import selected_columns
from kernel.graphql.execution.sources import Batch, Relation
from kernel.graphql.execution.strawberry_schema import CompiledSchema

__all__ = [
    "Batch",
    "CompileLimits",
    "CompiledExecutor",
    "CompiledSchema",
    "Fallback",
    "Plan",
    "Relation",
    "Statistics",
    "column",
    "computed",
    "load_one",
    "reads",
    "relation",
    "selected_columns",
]
