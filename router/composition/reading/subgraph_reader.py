"""The reading of one subgraph, step after step."""

from router.composition.reading.applied_names import read_applied_names
from router.composition.reading.composed_directives import read_composed_directives
from router.composition.reading.document import read_document
from router.composition.reading.elements import read_executable_directives, read_types
from router.composition.reading.key_fields import with_key_fields
from router.composition.reading.schema import build_subgraph_schema
from router.composition.reading.version_one import upgraded
from router.composition.source import SubgraphSource
from router.composition.subgraph import Subgraph


def read_subgraph(source: SubgraphSource) -> Subgraph:
    """Read one subgraph.

    Raises:
        CompositionFailed: the SDL is not valid GraphQL, or links or uses what is not supported.
    """
    document = read_document(source)
    schema = build_subgraph_schema(document, source.name)
    types = read_types(document)
    minor = document.names.minor
    if minor is None:
        types = upgraded(types)
    return Subgraph(
        name=source.name,
        url=source.url,
        minor=minor,
        types=with_key_fields(types, is_version_one=minor is None),
        executable_directives=read_executable_directives(document),
        schema=schema,
        composed_directives=read_composed_directives(document, source.name),
        schema_directives=frozenset(document.directives),
        own_names=document.names.directives,
        applied_names=read_applied_names(document),
    )
