"""The fields, arguments and input fields of a supergraph, as the rules on accessibility go through them."""

from collections.abc import Iterator

from router.composition.supergraph import MergedComposite, MergedField, MergedInput, MergedInputObject, Supergraph


def accessible_fields(supergraph: Supergraph) -> Iterator[tuple[str, MergedField]]:
    """Every (type name, field) callers can see."""
    for name, type_ in supergraph.types.items():
        if isinstance(type_, MergedComposite) and not type_.metadata.is_inaccessible:
            for field in type_.fields.values():
                if not field.metadata.is_inaccessible:
                    yield name, field


def inputs_in_accessible_places(supergraph: Supergraph) -> Iterator[tuple[str, MergedInput]]:
    """Every (coordinate, argument or input field) of a field, directive or input object callers can see."""
    for parent, field in accessible_fields(supergraph):
        for argument in field.arguments:
            yield f"{parent}.{field.name}({argument.name}:)", argument
    for directive in supergraph.executable_directives:
        for argument in directive.arguments:
            yield f"@{directive.name}({argument.name}:)", argument
    for name, type_ in supergraph.types.items():
        if isinstance(type_, MergedInputObject) and not type_.metadata.is_inaccessible:
            for field in type_.fields.values():
                yield f"{name}.{field.name}", field


def accessible_inputs(supergraph: Supergraph) -> Iterator[tuple[str, MergedInput]]:
    """Every (coordinate, argument or input field) callers can see."""
    for coordinate, value in inputs_in_accessible_places(supergraph):
        if not value.metadata.is_inaccessible:
            yield coordinate, value
