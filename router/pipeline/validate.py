"""Third stage: the document against the API schema, and each request's variables against their types."""

import re
from collections.abc import Mapping
from typing import Final

from graphql import (
    ASTValidationRule,
    DirectiveNode,
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLStreamDirective,
    NamedTypeNode,
    NonNullTypeNode,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    get_variable_values,
    specified_rules,
    validate,
)

from kernel.subgraph import JsonValue
from router.execution.leaves import SCALARS
from router.pipeline.limit import Limits, check_variables
from router.pipeline.refusal import RequestRefused

_MAX_ERRORS: Final = 20
# a float may have to become one, or be infinite
_PLAIN: Final = {name: SCALARS[name] for name in ("Boolean", "ID", "Int", "String")}
_LONG_DIGITS: Final = re.compile(r"Exceeds the limit .* digits")


class StreamIsNotOffered(ASTValidationRule):
    """`@stream` is no part of the router; the error names what is."""

    def enter_directive(self, node: DirectiveNode, *_: object) -> None:
        """Refuse the directive."""
        if node.name.value == GraphQLStreamDirective.name:
            self.report_error(GraphQLError("@stream is not supported here; @defer is, on fragments.", node))


def validate_document(schema: GraphQLSchema, document: DocumentNode, *, allows_introspection: bool) -> None:
    """Check the document.

    Raises:
        RequestRefused: it does not fit the schema.
    """
    rules = [
        StreamIsNotOffered,
        *specified_rules,
        *(() if allows_introspection else (NoSchemaIntrospectionCustomRule,)),
    ]
    try:
        errors = validate(schema, document, rules, _MAX_ERRORS, hide_suggestions=not allows_introspection)
    except (ValueError, OverflowError, RecursionError):
        # graphql-core lets Python's own limits on numbers and nesting through
        raise RequestRefused.because("the document holds a value that is too large") from None
    if errors:
        raise RequestRefused.of(errors)


def coerce_variables(
    schema: GraphQLSchema,
    operation: OperationDefinitionNode,
    variables: Mapping[str, JsonValue],
    limits: Limits,
) -> Mapping[str, object]:
    """The variables as Python values, defaults included.

    Raises:
        RequestRefused: a variable is missing, of the wrong type, or too large.
    """
    if variables:
        check_variables(dict(variables), limits)
    plain = _plain_variables(operation, variables)
    if plain is not None:
        return plain
    try:
        values = get_variable_values(
            schema, operation.variable_definitions or (), dict(variables), max_errors=_MAX_ERRORS
        )
    except (ValueError, OverflowError, RecursionError):
        raise RequestRefused.because("a variable holds a value that is too large") from None
    if isinstance(values, list):
        raise RequestRefused.of(values)
    return values.coerced


def _plain_variables(
    operation: OperationDefinitionNode, variables: Mapping[str, JsonValue]
) -> Mapping[str, object] | None:
    """The variables if they are as they should be already: the usual few texts, numbers and booleans."""
    found: dict[str, object] = {}
    for definition in operation.variable_definitions or ():
        declared = definition.type.type if isinstance(definition.type, NonNullTypeNode) else definition.type
        leaf = _PLAIN.get(declared.name.value) if isinstance(declared, NamedTypeNode) else None
        name = definition.variable.name.value
        value = variables.get(name)
        if leaf is None or value is None or leaf.read(value) is not value:
            return None
        found[name] = value
    return found
