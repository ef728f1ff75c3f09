"""Checking the literals given to directives, which GraphQL's own validation of an SDL leaves alone.

A scope that is not a string must not be read as no scope at all.
"""

from graphql import GraphQLError, GraphQLSchema, get_named_type
from graphql.language import DirectiveNode, DocumentNode, Visitor, visit
from graphql.utilities import validate_input_literal  # pyright: ignore[reportUnknownVariableType]


class _LiteralVisitor(Visitor):
    """Collects a fault for each part of a directive's arguments that does not fit its type."""

    def __init__(self, schema: GraphQLSchema) -> None:
        super().__init__()
        self._schema = schema
        self.faults: list[GraphQLError] = []

    def enter_directive(self, node: DirectiveNode, *_: object) -> None:
        """Check one application."""

        def note(fault: GraphQLError, _path: object) -> None:
            self.faults.append(GraphQLError(fault.message, [node]))

        directive = self._schema.get_directive(node.name.value)
        for argument in (node.arguments or ()) if directive else ():
            definition = directive.args.get(argument.name.value) if directive else None
            # What is no field set is judged by the rules on field sets.
            if definition and get_named_type(definition.type).name != "federation__FieldSet":
                validate_input_literal(argument.value, definition.type, note)  # pyright: ignore[reportUnknownMemberType]


def directive_literal_faults(document: DocumentNode, schema: GraphQLSchema) -> list[GraphQLError]:
    """A fault for each directive argument whose literal is not of the argument's type."""
    visitor = _LiteralVisitor(schema)
    visit(document, visitor)
    return visitor.faults
