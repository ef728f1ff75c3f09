"""Checking the literals given to directives, which GraphQL's own validation of an SDL leaves alone.

A scope that is not a string must not be read as no scope at all.
"""

from graphql import GraphQLArgument, GraphQLError, GraphQLSchema
from graphql.language import DirectiveNode, DocumentNode, Visitor, visit
from graphql.utilities import validate_input_literal  # pyright: ignore[reportUnknownVariableType]

from router.composition.type_references import named_type


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
            if definition and not _is_field_set(definition):
                validate_input_literal(argument.value, definition.type, note)  # pyright: ignore[reportUnknownMemberType]


def _is_field_set(argument: GraphQLArgument) -> bool:
    """Whether the rules on field sets judge what is given for it."""
    return argument.ast_node is not None and named_type(argument.ast_node.type) == "federation__FieldSet"


def directive_literal_faults(document: DocumentNode, schema: GraphQLSchema) -> list[GraphQLError]:
    """A fault for each directive argument whose literal is not of the argument's type."""
    visitor = _LiteralVisitor(schema)
    visit(document, visitor)
    return visitor.faults
