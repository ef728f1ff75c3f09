"""Compiles an operation: walks its selections as graphql-core would and writes one Python function for each.

The walk uses graphql-core's own `collect_fields`, so merging, fragments and order are its. Text comes from here and
from validated names only; everything else is bound in a namespace under a numbered name.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple, cast

from graphql import (
    FragmentSpreadNode,
    GraphQLAbstractType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationType,
    is_leaf_type,
)
from graphql.execution.collect_fields import (
    FieldDetails,
    FragmentDetails,
    GroupedFieldSet,
    collect_fields,
    collect_subfields,
)
from graphql.execution.values import VariableValues

from kernel.graphql.execution.classes import OTHER, PLAIN, is_mapping
from kernel.graphql.execution.deferred import AsyncSite, DeferredSite, RelationSite
from kernel.graphql.execution.dispatch import Dispatch
from kernel.graphql.execution.leaves import Leaves, LeftToEncoder
from kernel.graphql.execution.objects import AbstractShape, ObjectShape
from kernel.graphql.execution.operation import Operation
from kernel.graphql.execution.plan import CompileLimits, Plan, Select
from kernel.graphql.execution.readers import Kind, Reader, Readers
from kernel.graphql.execution.selection import columns_below
from kernel.graphql.execution.selection_writer import SelectionWriter
from kernel.graphql.execution.sites import LeafShape, ListShape, Shape, Site
from kernel.graphql.execution.source import Namespace, Text, quoted
from kernel.graphql.execution.value_writer import ValueWriter

_FILE: Final = "<compiled operation>"


class TooLarge(Exception):
    """The operation exceeds a limit; the argument says which."""


class SchemaFacts:
    """What compiling needs to know of a schema, found once."""

    def __init__(
        self, schema: GraphQLSchema, readers: Readers, dispatch: Dispatch, left_to_encoder: LeftToEncoder
    ) -> None:
        self.schema = schema
        self.readers = readers
        self.dispatch = dispatch
        self.leaves = Leaves(left_to_encoder)


class _Place(NamedTuple):
    """Where in the result: levels up to the nearest position that may be null, and objects around it."""

    levels: int
    depth: int


class Compiler:
    """Makes one plan."""

    def __init__(
        self, facts: SchemaFacts, operation: Operation, variables: VariableValues, limits: CompileLimits
    ) -> None:
        self._facts = facts
        self._operation = operation
        self._variables = variables
        self._limits = limits
        self._fragments = {name: FragmentDetails(node) for name, node in operation.scene.fragments.items()}
        self._names = Namespace()
        self._functions: list[str] = []
        self._deferred: list[DeferredSite] = []
        self._arguments = 0
        self._fields = 0
        self._characters = 0
        self._selections = 0
        #: (object that waits for a function, name of the attribute or branch, name of the function)
        self._missing: list[tuple[Callable[[Any], None], str]] = []
        self.values = ValueWriter(self._names, facts.leaves)

    def compile(self) -> Plan:
        """The plan. Raises TooLarge, UnsafeName, or whatever graphql-core raises on an invalid document."""
        scene = self._operation.scene
        if self._operation.fields > self._limits.fields:
            raise TooLarge("fields")
        root = cast("GraphQLObjectType", scene.schema.get_root_type(scene.operation.operation))
        grouped = collect_fields(
            scene.schema, self._fragments, self._variables, root, scene.operation
        ).grouped_field_set
        sets: list[GroupedFieldSet] = [grouped]
        if scene.operation.operation is OperationType.MUTATION:
            sets = [{key: details} for key, details in grouped.items()]
        names = [self._selection(root, part, _Place(0, 0)) for part in sets]
        return self._load(names)

    def _load(self, roots: Sequence[str]) -> Plan:
        source = "\n\n\n".join(self._functions) + "\n"
        namespace = self._names.values
        namespace.update(PLAIN=PLAIN, OTHER=OTHER, is_mapping=is_mapping)
        # the text consists of this package's templates and checked names, see `source.quoted`
        exec(compile(source, _FILE, "exec", dont_inherit=True), namespace)  # noqa: S102
        for fill, name in self._missing:
            fill(namespace[name])
        functions = [cast("Select", namespace[name]) for name in roots]
        return Plan(source, functions, self._deferred, self._arguments)

    def _selection(self, output: GraphQLObjectType, grouped: GroupedFieldSet, place: "_Place") -> str:
        """Write the function that selects from one object type at one place; returns its name."""
        if place.depth > self._limits.depth:
            raise TooLarge("depth")
        quoted(output.name)
        name = self._names.fresh(f"select_{output.name}")
        writer = SelectionWriter(name, self._names, self.values)
        for key, details in grouped.items():
            field = self._facts.schema.get_field(output, details[0].node.name.value)
            if field is None:
                continue
            site = Site(key, field, [detail.node for detail in details], output)
            self._field(writer, site, details, place)
            self._fields += 1
            if self._fields > self._limits.fields:
                raise TooLarge("fields")
            if self._characters + writer.length > self._limits.characters:
                raise TooLarge("characters")
        self._write(writer.finish())
        return name

    def _write(self, function: str) -> None:
        self._functions.append(function)
        self._characters += len(function)

    def _field(self, writer: SelectionWriter, site: Site, details: list[FieldDetails], place: "_Place") -> None:
        reader = self._facts.readers.choose(site, self._names.bind, self._next_argument)
        if reader.kind is Kind.CONSTANT:
            writer.constant(site.key, quoted(site.parent.name))
            return
        if reader.read is not None:
            site.read = reader.read
        site.shape = self._shape(site, site.output, details, _Place(place.levels + 1, place.depth))
        if reader.kind is Kind.RELATION:
            writer.relation(site, self._defer(self._relation(site, reader), site))
        elif reader.kind is Kind.ASYNC:
            writer.awaited(site, reader, self._defer(AsyncSite(site), site))
        else:
            writer.field(site, reader)

    def _relation(self, site: Site, reader: Reader) -> RelationSite:
        scene = self._operation.scene
        below = columns_below(scene.schema, scene.fragments, site.nodes, site.output)
        source = reader.relation
        if source is None:
            raise TypeError("a relation without its source")
        columns = source.to_reads.union(*below.values())
        return RelationSite(site, source, columns, reader.arguments)

    def _defer(self, deferred: DeferredSite, site: Site) -> int:
        """Write the function that completes the field's value when it is there; returns the number of its queue."""
        name = self._names.fresh("complete")
        text = Text(f"def {name}(run, v, p):")
        self.values.complete(text, site.shape, "v", "p")
        text.add("return v")
        self._write(str(text))

        def fill(function: Any) -> None:
            deferred.complete = function

        self._missing.append((fill, name))
        self._deferred.append(deferred)
        return len(self._deferred) - 1

    def _shape(self, site: Site, output: object, details: list[FieldDetails], place: "_Place") -> Shape:
        """The shape of a position; `place.levels` is how far up the nearest one is that may be null."""
        nullable = not isinstance(output, GraphQLNonNull)
        if isinstance(output, GraphQLNonNull):
            output = cast("object", output.of_type)
        levels = 0 if nullable else place.levels
        if isinstance(output, GraphQLList):
            shape = ListShape(site, nullable=nullable, levels=levels)
            inside = _Place(levels + 1, place.depth)
            shape.item = self._shape(site, cast("object", output.of_type), details, inside)
            return shape
        if is_leaf_type(output):
            return LeafShape(site, output, nullable=nullable, levels=levels)
        below = _Place(levels, place.depth + 1)
        if isinstance(output, GraphQLObjectType):
            known = self._facts.dispatch.known(output)
            return self._object(ObjectShape(site, output, known, nullable=nullable, levels=levels), details, below)
        abstract = cast("GraphQLAbstractType", output)
        return self._abstract(AbstractShape(site, abstract, nullable=nullable, levels=levels), details, below)

    def _object(self, shape: ObjectShape, details: list[FieldDetails], below: "_Place") -> Shape:
        name = self._selection(shape.output, self._subfields(shape.output, details), below)

        def fill(select: Select) -> None:
            shape.select = select

        self._missing.append((fill, name))
        self.values.selects[id(shape)] = name
        return shape

    def _abstract(self, shape: AbstractShape, details: list[FieldDetails], below: "_Place") -> Shape:
        decides = self._facts.dispatch.decides_by_class(shape.output)
        if decides is not None:
            shape.decides_by_class = decides
        for branch in self._facts.schema.get_possible_types(shape.output):
            name = self._selection(branch, self._subfields(branch, details), below)

            def fill(select: Select, branch: GraphQLObjectType = branch) -> None:
                shape.branches[branch.name] = select

            self._missing.append((fill, name))
        return shape

    def _subfields(self, output: GraphQLObjectType, details: list[FieldDetails]) -> GroupedFieldSet:
        scene = self._operation.scene
        self._count_selections(details)
        return collect_subfields(
            scene.schema, self._fragments, self._variables, scene.operation, output, details
        ).grouped_field_set

    def _count_selections(self, details: list[FieldDetails]) -> None:
        """Those of fragments count for each object type they are tried on, whether they apply or not."""
        waiting = [one.node.selection_set for one in details]
        visited: set[str] = set()
        while waiting:
            selections = waiting.pop()
            for selection in selections.selections if selections is not None else ():
                self._selections += 1
                if isinstance(selection, InlineFragmentNode):
                    waiting.append(selection.selection_set)
                elif isinstance(selection, FragmentSpreadNode) and selection.name.value not in visited:
                    visited.add(selection.name.value)
                    waiting.append(self._fragments[selection.name.value].definition.selection_set)
            if self._selections > self._limits.selections:
                raise TooLarge("selections")

    def _next_argument(self) -> int:
        self._arguments += 1
        return self._arguments - 1
