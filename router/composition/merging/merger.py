"""The merge itself: a builder per kind, type after type."""

from router.composition.graph_names import name_graphs
from router.composition.merging.access_of_interfaces import with_access_of_implementations
from router.composition.merging.composed_features import merge_composed_features
from router.composition.merging.composites import CompositeMerger
from router.composition.merging.directive_names import name_merged_directives
from router.composition.merging.directives import merge_executable_directives
from router.composition.merging.enums import merge_enum, type_usage
from router.composition.merging.inputs import merge_input_object
from router.composition.merging.metadata import most_frequent
from router.composition.merging.scalars import merge_scalar
from router.composition.merging.unions import merge_union
from router.composition.subgraph import CompositeType, EnumType, InputObjectType, ScalarType, UnionType
from router.composition.subgraph_set import SubgraphSet
from router.composition.supergraph import MergedType, Supergraph


def merge(subgraphs: SubgraphSet) -> Supergraph:
    """The supergraph of subgraphs that the rules found to fit together."""
    graphs = name_graphs(subgraphs.subgraphs)
    values = {graph.name: graph.value for graph in graphs}
    usage = type_usage(subgraphs)
    composites = CompositeMerger(subgraphs, values)

    def merge_type(name: str) -> MergedType:
        sources = subgraphs.sources(name)
        match sources[0][1]:
            case CompositeType():
                return composites.merge(name)
            case InputObjectType():
                return merge_input_object(name, subgraphs.inputs(name), values)
            case EnumType():
                return merge_enum(name, subgraphs.enums(name), values, usage)
            case UnionType():
                unions = [(subgraph, type_) for subgraph, type_ in sources if isinstance(type_, UnionType)]
                return merge_union(name, unions, values)
            case ScalarType():
                scalars = [(subgraph, type_) for subgraph, type_ in sources if isinstance(type_, ScalarType)]
                return merge_scalar(name, scalars, values)

    types = with_access_of_implementations({name: merge_type(name) for name in subgraphs.type_names})
    executable, composed = merge_executable_directives(subgraphs), merge_composed_features(subgraphs)
    names = name_merged_directives(subgraphs, executable, composed)
    description = most_frequent([subgraph.description for subgraph in subgraphs.subgraphs])
    return Supergraph(graphs, types, executable, composed, names, description)
