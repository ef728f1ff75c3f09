"""Executes GraphQL operations as compiled Python, level by level; knows of no domain and nothing else of the kernel."""

from kernel.graphql.execution.fields import column, computed, reads, relation
from kernel.graphql.execution.selection import selected_columns
from kernel.graphql.execution.sources import Batch, Relation

__all__ = ["Batch", "Relation", "column", "computed", "reads", "relation", "selected_columns"]
