"""Merging objects and interfaces: every field any subgraph has, joined to the subgraphs that resolve it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from router.composition.merging.field_joins import context_in_supergraph, join_field
from router.composition.merging.inputs import merge_input_values
from router.composition.merging.metadata import merge_access, merge_metadata
from router.composition.merging.type_references import most_general_output
from router.composition.subgraph import CacheTag, CompositeType, Kind, Metadata, Subgraph
from router.composition.subgraph_set import FieldSource, SubgraphSet
from router.composition.supergraph import FieldJoin, MergedComposite, MergedField, TypeJoin


@dataclass(frozen=True, slots=True)
class CompositeMerger:
    """Merges objects and interfaces; `graphs` maps a subgraph's name to its member of `join__Graph`."""

    subgraphs: SubgraphSet
    graphs: Mapping[str, str]

    def merge(self, name: str) -> MergedComposite:
        """One object or interface out of the subgraphs'."""
        sources = self.subgraphs.composites(name)
        is_interface = any(type_.kind is Kind.INTERFACE or type_.is_interface_object for _, type_ in sources)
        field_names = dict.fromkeys(field for _, type_ in sources for field in type_.fields)
        fields = {field: self._field(name, field) for field in field_names}
        if not is_interface:
            fields.update(self._fields_of_interface_objects(name, fields))
        return MergedComposite(
            name=name,
            kind=Kind.INTERFACE if is_interface else Kind.OBJECT,
            metadata=self._merged([(graph, type_.metadata) for graph, type_ in sources]),
            joins=self._joins(name, sources),
            interfaces=tuple(dict.fromkeys(interface for _, type_ in sources for interface in type_.interfaces)),
            implementations=tuple(
                (self.graphs[subgraph.name], interface) for subgraph, type_ in sources for interface in type_.interfaces
            ),
            fields=fields,
            contexts=tuple(
                context_in_supergraph(graph.name, name) for graph, type_ in sources for name in type_.contexts
            ),
        )

    def _merged(self, parts: Sequence[tuple[Subgraph, Metadata]]) -> Metadata:
        graphs: dict[str, list[str]] = {}
        for subgraph, metadata in parts:
            for tag in metadata.cache_tags:
                graphs.setdefault(tag.format, []).append(self.graphs[subgraph.name])
        tags = tuple(CacheTag(text, tuple(dict.fromkeys(names))) for text, names in graphs.items())
        return replace(merge_metadata([metadata for _, metadata in parts]), cache_tags=tags)

    def _joins(self, name: str, sources: Sequence[tuple[Subgraph, CompositeType]]) -> tuple[TypeJoin, ...]:
        if name == "Query":
            # Every subgraph answers `_entities`, so each has a Query, even one that gives it no field.
            return tuple(TypeJoin(self.graphs[subgraph.name]) for subgraph in self.subgraphs.subgraphs)
        return tuple(join for subgraph, type_ in sources for join in self._type_joins(subgraph, type_))

    def _type_joins(self, subgraph: Subgraph, type_: CompositeType) -> Iterator[TypeJoin]:
        graph = self.graphs[subgraph.name]
        # In Federation 1 `extend` was the way to refer to an entity and says nothing about who owns it.
        is_extension = type_.is_extension and subgraph.minor is not None
        for key in type_.keys:
            yield TypeJoin(graph, key.fields.text, is_extension, key.is_resolvable, type_.is_interface_object)
        if not type_.keys:
            yield TypeJoin(graph, is_interface_object=type_.is_interface_object)

    def _field(self, type_name: str, field_name: str) -> MergedField:
        sources = self.subgraphs.field_sources(type_name, field_name)
        defining = [source for source in sources if not source.field.is_external] or list(sources)
        type_ = most_general_output([source.field.type for source in defining], self.subgraphs)
        if type_ is None:
            msg = f'the types of "{type_name}.{field_name}" do not merge; the rules refuse that before merging'
            raise ValueError(msg)
        metadata = self._merged([(source.subgraph, source.field.metadata) for source in defining])
        holders = self.subgraphs.subgraphs if type_name == "Query" else self.subgraphs.composites(type_name)
        return MergedField(
            field_name,
            type_,
            merge_input_values([source.field.arguments for source in defining]),
            self._with_access_of_interface_objects(type_name, field_name, metadata),
            join_field(sources, self.graphs, is_everywhere=len(sources) == len(holders)),
        )

    def _with_access_of_interface_objects(self, type_name: str, field_name: str, own: Metadata) -> Metadata:
        """What an interface object demands of a field, it demands of the field of every implementation."""
        above = [
            source.field.metadata.access
            for interface in sorted(self.subgraphs.supertypes.get(type_name, ()))
            for source in self.subgraphs.field_sources(interface, field_name)
            if source.parent.is_interface_object
        ]
        return replace(own, access=merge_access([own.access, *above])) if above else own

    def _fields_of_interface_objects(
        self, name: str, own: Mapping[str, MergedField]
    ) -> Iterator[tuple[str, MergedField]]:
        for interface in sorted(self.subgraphs.supertypes.get(name, ())):
            for field_name in self._added_by_interface_objects(interface):
                if field_name not in own:
                    field = self._field(interface, field_name)
                    metadata = self._with_access_of_interface_objects(name, field_name, field.metadata)
                    yield field_name, MergedField(field_name, field.type, field.arguments, metadata, (FieldJoin(),))

    def _added_by_interface_objects(self, interface: str) -> list[str]:
        sources: list[FieldSource] = [
            FieldSource(subgraph, type_, field)
            for subgraph, type_ in self.subgraphs.composites(interface)
            if type_.is_interface_object
            for field in type_.fields.values()
            if not field.is_external
        ]
        return list(dict.fromkeys(source.field.name for source in sources))
