"""MERGED_DIRECTIVE_APPLICATION_ON_EXTERNAL: directives that reach the supergraph stand where a field is resolved.

A key field of a type the subgraph only extends is resolved there, whatever its SDL says. Composed directives are not
judged: where the field is external they do not reach the supergraph.
"""

from collections.abc import Iterator
from dataclasses import replace

from router.composition.errors import CompositionError, ErrorCode
from router.composition.field_usage import own_keys_of_extensions
from router.composition.subgraph import Metadata
from router.composition.subgraph_set import SubgraphSet

_PLAIN = Metadata()


def merged_directive_application_on_external(subgraphs: SubgraphSet) -> Iterator[CompositionError]:
    """External fields that are tagged, hidden, guarded, deprecated or weighed."""
    own_keys = {subgraph.name: own_keys_of_extensions(subgraph.types) for subgraph in subgraphs.subgraphs}
    for type_name, field_name, sources in subgraphs.every_field():
        # Of a field nobody resolves, EXTERNAL_MISSING_ON_BASE says enough.
        for source in sources if not all(source.field.is_external for source in sources) else ():
            is_external = source.field.is_external and (type_name, field_name) not in own_keys[source.subgraph.name]
            if is_external and replace(source.field.metadata, description=None, composed=()) != _PLAIN:
                message = "the field is @external here; its directives belong where it is resolved"
                yield CompositionError(
                    ErrorCode.MERGED_DIRECTIVE_APPLICATION_ON_EXTERNAL,
                    message,
                    f"{type_name}.{field_name}",
                    (source.subgraph.name,),
                )
