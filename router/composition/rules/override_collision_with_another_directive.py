"""OVERRIDE_COLLISION_WITH_ANOTHER_DIRECTIVE: who takes a field over resolves it; who loses it adds nothing to it.

So the overriding field is not `@external`, and the overridden one has no `@provides` or `@requires`.
"""

from collections.abc import Iterator

from router.composition.errors import CompositionError, ErrorCode
from router.composition.merging.field_joins import overrider_of
from router.composition.subgraph import Field
from router.composition.subgraph_set import SubgraphSet


def override_collision_with_another_directive(subgraphs: SubgraphSet) -> Iterator[CompositionError]:
    """Overrides that meet another federation directive."""
    for type_name, field_name, sources in subgraphs.every_field():
        for source in sources:
            overrider = overrider_of(source, sources)
            collisions = _on_overridden(source.field) if overrider else []
            if source.field.override and source.field.is_external:
                collisions.append("external")
            for directive in collisions:
                other = overrider.subgraph.name if overrider else source.subgraph.name
                message = f'@override in "{other}" collides with @{directive} in "{source.subgraph.name}"'
                yield CompositionError(
                    ErrorCode.OVERRIDE_COLLISION_WITH_ANOTHER_DIRECTIVE,
                    message,
                    f"{type_name}.{field_name}",
                    (source.subgraph.name,),
                )


def _on_overridden(field: Field) -> list[str]:
    present = {"provides": field.provides, "requires": field.requires}
    return [directive for directive, is_present in present.items() if is_present]
