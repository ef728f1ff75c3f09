"""Reading `@composeDirective`: which of its own directives a subgraph takes into the supergraph."""

from collections.abc import Iterator

from router.composition.errors import CompositionError, CompositionFailed, ErrorCode
from router.composition.federation_specification import (
    FEDERATION_IDENTITY,
    LINK_IDENTITY,
    MERGED_DIRECTIVES,
    STANDALONE_FEATURES,
)
from router.composition.links import Link
from router.composition.reading.document import TidyDocument
from router.composition.subgraph import ComposedDirective

# Composed without being asked to, when the graph uses them.
_COMPOSED_ANYWAY = MERGED_DIRECTIVES | {"context", "cacheTag"}


def read_composed_directives(document: TidyDocument, subgraph: str) -> tuple[ComposedDirective, ...]:
    """The directives named by the subgraph's `@composeDirective`s.

    Raises:
        CompositionFailed: with DIRECTIVE_COMPOSITION_ERROR for each name that cannot be followed.
    """
    found: list[ComposedDirective] = []
    errors: list[CompositionError] = []
    for name in document.names.composed:
        fault = _fault(name, document)
        linked = next(_linked(name.removeprefix("@"), document), None)
        if not fault and linked is None and document.names.directives.get(name[1:]) not in _COMPOSED_ANYWAY:
            fault = f'"{name}" belongs to no specification that the subgraph links'
        if fault:
            code = ErrorCode.DIRECTIVE_COMPOSITION_ERROR
            errors.append(CompositionError(code, f"@composeDirective: {fault}", name, (subgraph,)))
        elif linked is not None:
            found.append(linked)
    if errors:
        raise CompositionFailed(tuple(errors))
    return tuple(found)


def _fault(name: str, document: TidyDocument) -> str:
    bare = name.removeprefix("@")
    canonical = document.names.directives.get(bare)
    if not bare:
        return "it needs the name of a directive"
    if not name.startswith("@"):
        return f'the name "{name}" has to begin with "@"'
    if canonical is not None and canonical not in _COMPOSED_ANYWAY:
        return f'"{name}" is a directive of federation itself'
    if canonical is None and bare not in document.directives:
        return f'the subgraph defines no directive "{name}"'
    return ""


def _linked(name: str, document: TidyDocument) -> Iterator[ComposedDirective]:
    definition = document.directives.get(name)
    for link in document.names.links:
        is_known = link.identity in (FEDERATION_IDENTITY, LINK_IDENTITY, *STANDALONE_FEATURES)
        canonical = "" if is_known else _canonical(name, link)
        if canonical and definition is not None:
            yield ComposedDirective(name, link.identity, canonical, link.major, link.minor, definition)


def _canonical(name: str, link: Link) -> str:
    """The directive's name in the linked specification, or nothing when it is not of that specification."""
    for own, alias in link.imports.items():
        if alias == f"@{name}":
            return own.removeprefix("@")
    if name == link.prefix:
        return link.name
    prefix = f"{link.prefix}__"
    return name.removeprefix(prefix) if name.startswith(prefix) else ""
