"""The reading of all subgraphs, step after step."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from graphql import GraphQLSchema

from router.composition.errors import CompositionError, CompositionFailed
from router.composition.reading.applied_names import read_applied_names
from router.composition.reading.composed_directives import read_composed_directives
from router.composition.reading.document import TidyDocument, read_document
from router.composition.reading.elements import read_executable_directives, read_types
from router.composition.reading.key_fields import with_key_fields
from router.composition.reading.keyless_extensions import keys_of_definitions, with_keys_of_definitions
from router.composition.reading.schema import build_subgraph_schema
from router.composition.reading.version_one import keyed_interfaces, upgraded
from router.composition.source import SubgraphSource
from router.composition.subgraph import Key, Subgraph, SubgraphType


@dataclass(frozen=True, slots=True)
class _Read:
    """One subgraph as its SDL states it."""

    source: SubgraphSource
    document: TidyDocument
    schema: GraphQLSchema
    types: Mapping[str, SubgraphType]


def read_subgraphs(sources: Sequence[SubgraphSource]) -> list[Subgraph]:
    """Read the subgraphs of one graph, in the order given.

    Raises:
        CompositionFailed: with the faults of each whose SDL is not valid GraphQL, or links or uses what is not
            supported.
    """
    read: list[_Read] = []
    errors: list[CompositionError] = []
    for source in sources:
        try:
            read.append(_read(source))
        except CompositionFailed as failure:
            errors.extend(failure.errors)
    if errors:
        raise CompositionFailed(tuple(errors))
    keys = keys_of_definitions(item.types for item in read)
    return [_finished(item, keys) for item in read]


def _read(source: SubgraphSource) -> _Read:
    document = read_document(source)
    return _Read(source, document, build_subgraph_schema(document, source.name), read_types(document))


def _finished(read: _Read, keys: Mapping[str, Sequence[Key]]) -> Subgraph:
    document, types = read.document, read.types
    minor = document.names.minor
    if minor is None:
        types = upgraded(with_keys_of_definitions(types, keys))
    return Subgraph(
        name=read.source.name,
        url=read.source.url,
        minor=minor,
        types=with_key_fields(types, document.unshared if minor is None else None),
        executable_directives=read_executable_directives(document),
        schema=read.schema,
        composed_directives=read_composed_directives(document, read.source.name),
        schema_directives=frozenset(document.directives),
        own_names=document.names.directives,
        applied_names=read_applied_names(document),
        description=document.description,
        keyed_interfaces=keyed_interfaces(read.types) if minor is None else frozenset(),
    )
