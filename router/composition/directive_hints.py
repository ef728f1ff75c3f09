"""Remarks on directives of operations that subgraphs define differently."""

from collections.abc import Iterator

from router.composition.argument_hints import shared_argument_hints
from router.composition.errors import CompositionHint, HintCode
from router.composition.subgraph import ExecutableDirective
from router.composition.subgraph_set import SubgraphSet


def directive_hints(subgraphs: SubgraphSet) -> Iterator[CompositionHint]:
    """What the merged graph loses of each directive for operations."""
    names = {name for subgraph in subgraphs.subgraphs for name in subgraph.executable_directives}
    for name in sorted(names):
        defined = {
            subgraph.name: subgraph.executable_directives[name]
            for subgraph in subgraphs.subgraphs
            if name in subgraph.executable_directives
        }
        missing = tuple(subgraph.name for subgraph in subgraphs.subgraphs if subgraph.name not in defined)
        if missing:
            code = HintCode.INCONSISTENT_EXECUTABLE_DIRECTIVE_PRESENCE
            yield CompositionHint(code, "the directive is left out: not all subgraphs define it", f"@{name}", missing)
        else:
            yield from _differences(f"@{name}", defined)


def _differences(coordinate: str, defined: dict[str, ExecutableDirective]) -> Iterator[CompositionHint]:
    places = [frozenset(directive.locations) for directive in defined.values()]
    common = places[0].intersection(*places)
    names = tuple(defined)
    if not common:
        code = HintCode.NO_EXECUTABLE_DIRECTIVE_INTERSECTION
        yield CompositionHint(code, "the directive is left out: no place is common to all", coordinate, names)
        return
    if any(place != common for place in places):
        code = HintCode.INCONSISTENT_EXECUTABLE_DIRECTIVE_LOCATIONS
        message = f"the directive may stand only where all subgraphs allow it: {', '.join(sorted(common))}"
        yield CompositionHint(code, message, coordinate, names)
    single = tuple(name for name, node in defined.items() if not node.is_repeatable)
    if single and len(single) < len(defined):
        code = HintCode.INCONSISTENT_EXECUTABLE_DIRECTIVE_REPEATABLE
        yield CompositionHint(
            code, "the directive is not repeatable, because it is not in all subgraphs", coordinate, single
        )
    arguments = {subgraph: directive.arguments for subgraph, directive in defined.items()}
    for name in dict.fromkeys(name for given in arguments.values() for name in given):
        if lacking := tuple(subgraph for subgraph, given in arguments.items() if name not in given):
            code = HintCode.INCONSISTENT_ARGUMENT_PRESENCE
            message = "the argument is left out, because not all subgraphs define it"
            yield CompositionHint(code, message, f"{coordinate}({name}:)", lacking)
    yield from shared_argument_hints(coordinate, arguments)
