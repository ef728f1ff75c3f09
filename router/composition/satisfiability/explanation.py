"""Saying why a field cannot be reached, subgraph by subgraph."""

from collections.abc import Iterator

from router.composition.merging.field_joins import is_resolver_when, overrider_of
from router.composition.satisfiability.reach import Positions, Reach
from router.composition.subgraph import CompositeType, Field, Subgraph


def print_path(path: tuple[str, ...], *, is_composite: bool) -> str:
    """A path as a query: `("query", "product", "price")` gives `{ product { price } }`."""
    operation, *steps = path
    text = " { __typename }" if is_composite else ""
    for step in reversed(steps):
        text = f" {{ {step}{text} }}"
    return text.strip() if operation == "query" else f"{operation}{text}"


def explain(reach: Reach, object_name: str, field_name: str, reached: Positions) -> Iterator[str]:
    """One sentence for each subgraph that could have helped."""
    standing = sorted({position.subgraph for position in reached})
    place = ", ".join(f'"{name}"' for name in standing)
    yield f'the query holds "{object_name}" in {place or "no subgraph"} when it needs "{field_name}"'
    if field_name == "__typename":
        yield f'only interface objects are reached, and no reached key leads to a subgraph that knows "{object_name}"'
        return
    for subgraph in reach.terrain.subgraphs.subgraphs:
        for view in reach.terrain.views(subgraph, object_name):
            if field_name in view.fields:
                is_reached = any((item.subgraph, item.type_name) == (subgraph.name, view.name) for item in reached)
                yield _reason(reach, subgraph, view, view.fields[field_name], is_reached=is_reached)


def _reason(reach: Reach, subgraph: Subgraph, view: CompositeType, field: Field, *, is_reached: bool) -> str:
    external = _not_resolved(reach, subgraph, view, field)
    if external:
        return external
    if is_reached and field.requires:
        return (
            f'"{subgraph.name}" resolves it with @requires(fields: "{field.requires.text}"),'
            " and that cannot be gathered on this path"
        )
    if is_reached and field.contextual_arguments:
        references = " and ".join(f'"{argument.reference.text}"' for argument in field.contextual_arguments)
        return f'"{subgraph.name}" resolves it with {references} from a context, and no object on this path gives that'
    keys = [f'"{key.fields.text}"' for key in reach.terrain.resolvable_keys(view)]
    if not keys and view.keys:
        return f'"{subgraph.name}" resolves it, but every @key of "{view.name}" there has resolvable: false'
    if not keys:
        return f'"{subgraph.name}" resolves it, but "{view.name}" has no @key there to move to it by'
    return (
        f'"{subgraph.name}" resolves it and can be entered by {" or ".join(keys)}, which cannot be fetched on this path'
    )


def _not_resolved(reach: Reach, subgraph: Subgraph, view: CompositeType, field: Field) -> str:
    if field.is_external:
        return f'"{subgraph.name}" declares it @external: another subgraph is to resolve it'
    sources = reach.terrain.subgraphs.field_sources(view.name, field.name)
    own = next(source for source in sources if source.subgraph.name == subgraph.name)
    overrider = overrider_of(own, sources)
    label = overrider.field.override.label if overrider and overrider.field.override else None
    if overrider and label is None:
        return f'"{subgraph.name}" no longer resolves it: "{overrider.subgraph.name}" overrides it'
    if is_resolver_when(own, sources, reach.terrain.active):
        return ""
    if overrider:
        return f'"{subgraph.name}" does not resolve it while "{overrider.subgraph.name}" overrides it by "{label}"'
    return f'"{subgraph.name}" resolves it only by its @override, while the label "{_label_of(field)}" holds'


def _label_of(field: Field) -> str:
    return field.override.label or "" if field.override else ""
