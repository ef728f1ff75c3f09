"""The public schema: what callers see, without inaccessible elements and without federation's machinery."""

from dataclasses import replace

from router.composition.subgraph import ROOT_TYPES, Metadata
from router.composition.supergraph import (
    MergedComposite,
    MergedEnum,
    MergedField,
    MergedInput,
    MergedInputObject,
    MergedScalar,
    MergedType,
    MergedUnion,
    Supergraph,
)
from router.composition.type_printer import TypePrinter, print_description


def public_view(supergraph: Supergraph) -> Supergraph:
    """The supergraph's accessible part, stripped of joins and federation metadata."""
    hidden = {name for name, type_ in supergraph.types.items() if type_.metadata.is_inaccessible}
    return Supergraph(
        supergraph.graphs,
        {name: _public_type(type_, hidden) for name, type_ in supergraph.types.items() if name not in hidden},
        tuple(
            replace(directive, arguments=_public_inputs(directive.arguments))
            for directive in supergraph.executable_directives
        ),
        description=supergraph.description,
    )


def print_api(public: Supergraph) -> str:
    """The public view as SDL."""
    roots = [f"  {root.lower()}: {root}" for root in ROOT_TYPES if root in public.types]
    schema = print_description(public.description, "") + "schema {\n" + "\n".join(roots) + "\n}"
    printer = TypePrinter()
    directives = map(printer.print_directive, public.executable_directives)
    return "\n\n".join([schema, *directives, *map(printer.print_definition, public.types.values())]) + "\n"


def _plain(metadata: Metadata) -> Metadata:
    return Metadata(description=metadata.description, deprecation_reason=metadata.deprecation_reason)


def _public_type(type_: MergedType, hidden: set[str]) -> MergedType:
    metadata = _plain(type_.metadata)
    match type_:
        case MergedComposite():
            return replace(
                type_,
                metadata=metadata,
                joins=(),
                implementations=(),
                contexts=(),
                interfaces=tuple(name for name in type_.interfaces if name not in hidden),
                fields={
                    name: _public_field(field)
                    for name, field in type_.fields.items()
                    if not field.metadata.is_inaccessible
                },
            )
        case MergedInputObject():
            fields = {field.name: field for field in _public_inputs(tuple(type_.fields.values()))}
            return replace(type_, metadata=metadata, joins=(), fields=fields)
        case MergedEnum():
            values = {
                name: replace(value, metadata=_plain(value.metadata), graphs=())
                for name, value in type_.values.items()
                if not value.metadata.is_inaccessible
            }
            return replace(type_, metadata=metadata, joins=(), values=values)
        case MergedUnion():
            members = tuple(member for member in type_.members if member not in hidden)
            return replace(type_, metadata=metadata, joins=(), members=members, memberships=(), contexts=())
        case MergedScalar():
            return replace(type_, metadata=metadata, joins=())


def _public_field(field: MergedField) -> MergedField:
    return replace(field, metadata=_plain(field.metadata), arguments=_public_inputs(field.arguments), joins=())


def _public_inputs(values: tuple[MergedInput, ...]) -> tuple[MergedInput, ...]:
    return tuple(
        replace(value, metadata=_plain(value.metadata), joins=())
        for value in values
        if not value.metadata.is_inaccessible
    )
