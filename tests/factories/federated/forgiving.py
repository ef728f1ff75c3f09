"""Execution in one schema where the types of some objects are unknown."""

from collections.abc import Collection
from typing import Any

from graphql import GraphQLOutputType, get_nullable_type
from graphql.execution import Executor
from graphql.pyutils import Path


def forgiving(fields: Collection[tuple[str, str]]) -> type[Executor]:
    """Execution in which these fields, by object type and name, become null when they fail, whatever their types."""

    class Forgiving(Executor):
        def handle_field_error(
            self, raw_error: Exception, return_type: GraphQLOutputType, field_details_list: Any, path: Path
        ) -> None:
            at = (path.typename, field_details_list[0].node.name.value)
            kind = get_nullable_type(return_type) if at in fields else return_type
            super().handle_field_error(raw_error, kind, field_details_list, path)

    return Forgiving
