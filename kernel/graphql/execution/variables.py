"""Coerces a request's variables; the types of an operation's variables are looked up once."""

from collections.abc import Mapping
from typing import Any, Final, cast

from graphql import GraphQLError, GraphQLNonNull, GraphQLSchema, OperationDefinitionNode, is_leaf_type
from graphql.execution.get_variable_signature import GraphQLVariableSignature, get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource, get_variable_values
from graphql.pyutils import Undefined

from kernel.graphql.execution.graphql_core import COERCE_INPUT

NO_VARIABLES: Final = VariableValues({}, {})
_MAX_ERRORS: Final = 50


class Variables:
    """The variables of one operation."""

    __slots__ = ("_leaves", "_operation", "_schema")

    def __init__(self, schema: GraphQLSchema, operation: OperationDefinitionNode) -> None:
        self._schema = schema
        self._operation = operation
        #: the signatures if all are scalars or enums, which have no depth to be checked
        self._leaves = _leaf_signatures(schema, operation)

    def coerce(self, given: Mapping[str, object] | None) -> VariableValues | list[GraphQLError]:
        """What graphql-core's `get_variable_values` gives."""
        definitions = self._operation.variable_definitions
        if not definitions:
            return NO_VARIABLES
        values = self._quickly(given or {})
        if values is not None:
            return values
        return get_variable_values(
            self._schema, definitions, cast("dict[str, Any]", given or {}), max_errors=_MAX_ERRORS
        )

    def _quickly(self, given: Mapping[str, object]) -> VariableValues | None:
        """The values if all leaves are given and good, or may be left out."""
        if self._leaves is None:
            return None
        sources: dict[str, VariableValueSource] = {}
        coerced: dict[str, Any] = {}
        for signature, leaf in self._leaves:
            name = signature.name
            value = given.get(name, Undefined)
            if value is Undefined:
                if signature.default is not None or isinstance(leaf, GraphQLNonNull):
                    return None
                sources[name] = VariableValueSource(signature)
                continue
            result = COERCE_INPUT(value, leaf)
            if result is Undefined:
                return None
            sources[name] = VariableValueSource(signature, value)
            coerced[name] = result
        return VariableValues(sources, coerced)


def _leaf_signatures(
    schema: GraphQLSchema, operation: OperationDefinitionNode
) -> list[tuple[GraphQLVariableSignature, object]] | None:
    signatures: list[tuple[GraphQLVariableSignature, object]] = []
    for definition in operation.variable_definitions or ():
        signature = get_variable_signature(schema, definition)
        if isinstance(signature, GraphQLError):
            return None
        output = cast("object", signature.type)
        if not is_leaf_type(_nullable(output)):
            return None
        signatures.append((signature, output))
    return signatures


def _nullable(output: object) -> object:
    return cast("Any", output).of_type if isinstance(output, GraphQLNonNull) else output
