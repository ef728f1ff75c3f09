"""Merging the directives of operations: only what every subgraph understands may be sent to the graph."""

from dataclasses import replace

from graphql.language import DirectiveDefinitionNode, InputValueDefinitionNode

from router.composition.merging.type_references import most_specific_input
from router.composition.reading.subgraph_reader import executable_locations
from router.composition.subgraph_set import SubgraphSet


def merge_executable_directives(subgraphs: SubgraphSet) -> tuple[DirectiveDefinitionNode, ...]:
    """The directives of operations that all subgraphs define, with the places and arguments all of them allow."""
    first, *others = subgraphs.subgraphs
    merged: list[DirectiveDefinitionNode] = []
    for name, node in sorted(first.executable_directives.items()):
        nodes = [node, *(other.executable_directives[name] for other in others if name in other.executable_directives)]
        if len(nodes) == len(subgraphs.subgraphs):
            merged.extend(_merge(nodes))
    return tuple(merged)


def _merge(nodes: list[DirectiveDefinitionNode]) -> list[DirectiveDefinitionNode]:
    first = nodes[0]
    allowed = executable_locations(first).intersection(*(executable_locations(node) for node in nodes))
    arguments = [
        merged for argument in first.arguments or () if (merged := _merge_argument(argument, nodes)) is not None
    ]
    locations = tuple(location for location in first.locations if location.value in allowed)
    repeatable = all(node.repeatable for node in nodes)
    return [replace(first, arguments=tuple(arguments), locations=locations, repeatable=repeatable)] if allowed else []


def _merge_argument(
    argument: InputValueDefinitionNode, nodes: list[DirectiveDefinitionNode]
) -> InputValueDefinitionNode | None:
    declared = [
        candidate for node in nodes for candidate in node.arguments or () if candidate.name.value == argument.name.value
    ]
    merged = most_specific_input([candidate.type for candidate in declared])
    if len(declared) < len(nodes) or merged is None:
        return None
    return replace(argument, type=merged)
