"""A supergraph without subgraphs behind it: operations are checked and planned, and nothing is fetched."""

from collections.abc import Mapping
from typing import Final

from graphql import BooleanValueNode, DocumentNode, GraphQLSchema, OperationDefinitionNode

from kernel.subgraph import JsonValue
from router.pipeline.limit import Limits
from router.pipeline.parse import parse_document
from router.pipeline.plan import condition_variables
from router.pipeline.validate import validate_document
from router.planning.planner import Planner, QueryPlan, read_operation
from router.planning.supergraph_loader import load_supergraph

_UNBOUNDED: Final = Limits(document_bytes=10_000_000, tokens=1_000_000)


class OfflineGraph:
    """The public schema of a supergraph and its planner."""

    def __init__(self, supergraph_sdl: str) -> None:
        """Read the supergraph.

        Raises:
            InvalidSupergraph: the text is no supergraph.
        """
        loaded = load_supergraph(supergraph_sdl)
        self.supergraph = loaded.supergraph
        self.api_schema: GraphQLSchema = loaded.schema
        self._planner = Planner(self.supergraph)

    def read(self, text: str) -> DocumentNode:
        """A valid document.

        Raises:
            RequestRefused: it does not parse, or does not fit the schema.
        """
        document = parse_document(text, _UNBOUNDED)
        validate_document(self.api_schema, document, allows_introspection=True)
        return document

    def plan(
        self,
        document: DocumentNode,
        node: OperationDefinitionNode,
        variables: Mapping[str, JsonValue],
        labels: frozenset[str] = frozenset(),
        *,
        defers: bool = True,
    ) -> QueryPlan:
        """The plan of one operation while these override labels are on.

        Of the variables only those of @skip, @include and @defer matter.

        One that is not given has its default, and without that is true, as for a request.

        Without `defers`, or where what is deferred cannot be reached on its own, it is the plan of the whole answer.

        Raises:
            UnresolvableOperation: no combination of subgraphs can answer it.
            PlanTooLarge: it needs too many separate look-ups.
        """
        given = {**_defaults(node), **variables}
        conditions = {name: given.get(name, True) is True for name in condition_variables(document, node)}
        operation = read_operation(document, node, self.supergraph, conditions, defers=defers)
        return self._planner.plan(operation, labels=labels)


def _defaults(node: OperationDefinitionNode) -> dict[str, bool]:
    return {
        definition.variable.name.value: definition.default_value.value
        for definition in node.variable_definitions or ()
        if isinstance(definition.default_value, BooleanValueNode)
    }
