"""Merging the specifications of the subgraphs' own directives: each is linked in its newest version."""

from dataclasses import replace

from graphql.language import DirectiveDefinitionNode

from router.composition.subgraph import ComposedDirective
from router.composition.subgraph_set import SubgraphSet
from router.composition.supergraph import ComposedFeature


def merge_composed_features(subgraphs: SubgraphSet) -> tuple[ComposedFeature, ...]:
    """Each specification whose directives some subgraph composes."""
    composed: dict[str, list[ComposedDirective]] = {}
    for subgraph in subgraphs.subgraphs:
        for directive in subgraph.composed_directives:
            composed.setdefault(directive.identity, []).append(directive)
    return tuple(_merge(composed[identity]) for identity in sorted(composed))


def _merge(directives: list[ComposedDirective]) -> ComposedFeature:
    newest = max(directives, key=lambda directive: (directive.major, directive.minor))
    by_name: dict[str, ComposedDirective] = {}
    for directive in directives:
        present = by_name.get(directive.name)
        if present is None or directive.minor > present.minor:
            by_name[directive.name] = directive
    return ComposedFeature(
        f"{newest.identity}/v{newest.major}.{newest.minor}",
        tuple((item.canonical, item.name, _bare(item.definition)) for _, item in sorted(by_name.items())),
    )


def _bare(definition: DirectiveDefinitionNode) -> DirectiveDefinitionNode:
    """The definition as others may read it: what stands on its arguments is their subgraph's business."""
    arguments = tuple(replace(argument, directives=()) for argument in definition.arguments or ())
    return replace(definition, description=None, arguments=arguments)
