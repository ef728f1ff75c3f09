"""DIRECTIVE_COMPOSITION_ERROR: a composed directive means the same in every subgraph that has its name.

So it is linked from one specification in one major version and under one name, the subgraph with the newest
version defines whatever others compose of it, and no directive of federation goes by its name elsewhere. What one
subgraph's `@composeDirective` says by itself is judged where it is read (`reading`).
"""

from collections.abc import Iterator

from router.composition.errors import CompositionError, ErrorCode
from router.composition.subgraph import ComposedDirective, Subgraph
from router.composition.subgraph_set import SubgraphSet


def directive_composition_error(subgraphs: SubgraphSet) -> Iterator[CompositionError]:
    """Directives whose applications could not stand side by side."""
    composed = [(graph, directive) for graph in subgraphs.subgraphs for directive in graph.composed_directives]
    for graph, directive in composed:
        for message in dict.fromkeys(_faults(directive, composed, subgraphs)):
            coordinate = f"@{directive.name}"
            yield CompositionError(ErrorCode.DIRECTIVE_COMPOSITION_ERROR, message, coordinate, (graph.name,))


def _faults(
    directive: ComposedDirective, composed: list[tuple[Subgraph, ComposedDirective]], subgraphs: SubgraphSet
) -> Iterator[str]:
    for graph, other in composed:
        if other.identity == directive.identity and other.major < directive.major:
            yield f'"{graph.name}" composes major version {other.major} of "{directive.identity}"'
        if (
            other.identity == directive.identity
            and other.canonical == directive.canonical
            and other.name < directive.name
        ):
            yield f'"{graph.name}" calls it "@{other.name}"'
        if other.name == directive.name and other.identity < directive.identity:
            yield f'"{graph.name}" links the name from "{other.identity}"'
    for graph in subgraphs.subgraphs:
        canonical = graph.own_names.get(directive.name)
        if canonical is not None:
            yield f'"{graph.name}" calls federation\'s @{canonical} so'
    newest = max((item for item in composed if item[1].identity == directive.identity), key=lambda item: item[1].minor)
    if not any(item.name == directive.name for item in newest[0].composed_directives) and (
        directive.name not in newest[0].schema_directives
    ):
        yield f'"{newest[0].name}" links the newest version of "{directive.identity}" but does not define it'
