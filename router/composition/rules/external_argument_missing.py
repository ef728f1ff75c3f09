"""EXTERNAL_ARGUMENT_MISSING: an `@external` field is declared with the arguments it has where it is resolved.

An argument that only some of those who resolve it have is none of the field's: it is not in the supergraph.
"""

from collections.abc import Iterator

from router.composition.errors import CompositionError, ErrorCode
from router.composition.subgraph_set import SubgraphSet


def external_argument_missing(subgraphs: SubgraphSet) -> Iterator[CompositionError]:
    """External declarations that lack arguments."""
    for type_name, field_name, sources in subgraphs.every_field():
        defining = [source for source in sources if not source.field.is_external]
        names = [
            name
            for name in (defining[0].field.arguments if defining else ())
            if all(name in source.field.arguments for source in defining)
        ]
        for source in sources:
            for name in names if source.field.is_external else ():
                if name not in source.field.arguments:
                    message = f'the @external field lacks the argument "{name}" it has where it is resolved'
                    yield CompositionError(
                        ErrorCode.EXTERNAL_ARGUMENT_MISSING,
                        message,
                        f"{type_name}.{field_name}({name}:)",
                        (source.subgraph.name,),
                    )
