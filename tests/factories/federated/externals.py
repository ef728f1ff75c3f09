"""Takes out `@external` fields that no field set uses after all."""

from graphql import FieldNode, InlineFragmentNode, SelectionSetNode

from tests.factories.federated.model import FieldModel, GraphModel, Part, Role, TypeModel
from tests.factories.federated.world import field_set


class Externals:
    """The external fields of a graph."""

    def __init__(self, graph: GraphModel) -> None:
        self._graph = graph
        self._used: set[tuple[str, str, str]] = set()

    def prune(self) -> None:
        for model, item, subgraph, role in self._roles():
            if role.requires:
                self._use(subgraph, model, field_set(role.requires))
            if role.provides:
                self._use(subgraph, self._graph.types[item.named], field_set(role.provides))
            for type_name, name in item.contextual.chosen.items() if item.contextual else ():
                self._used.add((subgraph, type_name, name))
        for model, item, subgraph, role in self._roles():
            if role.part is Part.EXTERNAL and (subgraph, model.name, item.name) not in self._used:
                del item.roles[subgraph]

    def _roles(self) -> list[tuple[TypeModel, FieldModel, str, Role]]:
        return [
            (model, item, subgraph, role)
            for model in self._graph.types.values()
            for item in model.fields.values()
            for subgraph, role in item.roles.items()
        ]

    def _use(self, subgraph: str, model: TypeModel, selection: SelectionSetNode) -> None:
        for node in selection.selections:
            if isinstance(node, InlineFragmentNode):
                self._use(subgraph, self._graph.types[node.type_condition.name.value], node.selection_set)
            elif isinstance(node, FieldNode) and node.name.value in model.fields:
                self._used.add((subgraph, model.name, node.name.value))
                named = self._graph.types.get(model.fields[node.name.value].named)
                if named is not None and node.selection_set is not None:
                    self._use(subgraph, named, node.selection_set)
