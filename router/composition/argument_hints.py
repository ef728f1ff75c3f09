"""Remarks on arguments that subgraphs declare differently."""

from collections.abc import Iterator, Mapping, Sequence

from router.composition.description_hints import description_hints
from router.composition.errors import CompositionHint, HintCode
from router.composition.subgraph import InputValue
from router.composition.subgraph_set import FieldSource
from router.composition.type_references import print_default, print_type


def argument_hints(coordinate: str, sources: Sequence[FieldSource]) -> Iterator[CompositionHint]:
    """What was decided for each argument of the field that all subgraphs have."""
    defining = [source for source in sources if not source.field.is_external]
    yield from shared_argument_hints(coordinate, {source.subgraph.name: source.field.arguments for source in defining})


def shared_argument_hints(
    coordinate: str, arguments: Mapping[str, Mapping[str, InputValue]]
) -> Iterator[CompositionHint]:
    """The same of a field or directive, given the arguments in each subgraph that defines it."""
    for name in dict.fromkeys(name for given in arguments.values() for name in given):
        declared = {subgraph: given[name] for subgraph, given in arguments.items() if name in given}
        if len(declared) < len(arguments):
            continue
        place = f"{coordinate}({name}:)"
        if len({print_type(argument.type) for argument in declared.values()}) > 1:
            code = HintCode.INCONSISTENT_BUT_COMPATIBLE_ARGUMENT_TYPE
            message = "the types of the argument differ but fit together: the supergraph has the strictest"
            yield CompositionHint(code, message, place, tuple(declared))
        yield from default_hints(place, declared)
        descriptions = {subgraph: argument.metadata.description for subgraph, argument in declared.items()}
        yield from description_hints(place, descriptions)


def default_hints(coordinate: str, declared: Mapping[str, InputValue]) -> Iterator[CompositionHint]:
    """That an argument or input field has no default, though some subgraph gives one."""
    without = tuple(subgraph for subgraph, value in declared.items() if print_default(value) is None)
    if without and len(without) < len(declared):
        message = "the supergraph has no default for it, because not all subgraphs give one"
        yield CompositionHint(HintCode.INCONSISTENT_DEFAULT_VALUE_PRESENCE, message, coordinate, without)
