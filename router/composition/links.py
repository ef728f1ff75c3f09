"""Reading `@link`: which federation version a subgraph speaks, and under which names it uses its elements."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from graphql.language import (
    ConstDirectiveNode,
    DirectiveDefinitionNode,
    DocumentNode,
    EnumValueNode,
    ListValueNode,
    ObjectValueNode,
    SchemaDefinitionNode,
    SchemaExtensionNode,
    StringValueNode,
    ValueNode,
)

from router.composition.errors import CompositionError, CompositionFailed, ErrorCode
from router.composition.federation_specification import (
    CONNECT_IDENTITY,
    FEDERATION_IDENTITY,
    LINK_IDENTITY,
    NEWEST_MINOR,
    STANDALONE_FEATURES,
    directives_of,
    scalars_of,
)

# Federation 1 does not have them, but subgraphs of that time that define them mean these.
_DEFINED_BY_VERSION_ONE = frozenset({"inaccessible", "override"})
_URL = re.compile(r"^(?P<identity>.*?/(?P<name>[A-Za-z0-9_-]+))/v(?P<major>\d+)\.(?P<minor>\d+)/?$")
_NAME = re.compile(r"^@?[A-Za-z_][A-Za-z0-9_]*$")
# Two underscores part a prefix from a name, so a prefix has none, nor one at its end.
_PREFIX = re.compile(r"^(?!.*__)[A-Za-z_][A-Za-z0-9_]*(?<!_)$")


@dataclass(frozen=True, slots=True)
class LinkedNames:
    """The names a subgraph uses: each mapping goes from the name in its SDL to the canonical one.

    `composed` are the names given to `@composeDirective`, as written, and whether that directive is repeatable.
    """

    minor: int | None
    directives: Mapping[str, str]
    scalars: Mapping[str, str]
    link_directive: str = "link"
    links: "tuple[Link, ...]" = ()
    composed: Mapping[str, bool] = field(default_factory=dict[str, bool])


@dataclass(frozen=True, slots=True)
class Link:
    """One `@link`; `imports` go from an element's own name, with its `@`, to the name the subgraph gives it."""

    identity: str
    name: str
    major: int
    minor: int
    prefix: str
    imports: Mapping[str, str]
    purpose: str | None


def read_links(document: DocumentNode, subgraph: str) -> LinkedNames:
    """The names behind the subgraph's `@link`s.

    Raises:
        CompositionFailed: a link is malformed, its version unknown, or it names something required but unsupported.
    """
    applied = [
        directive
        for node in document.definitions
        if isinstance(node, SchemaDefinitionNode | SchemaExtensionNode)
        for directive in node.directives or ()
    ]
    link_name = _name_of_link_directive(applied)
    links = [_read_link(directive, subgraph) for directive in applied if directive.name.value == link_name]
    _require_distinct(links, subgraph)
    for link in links:
        if link.identity == LINK_IDENTITY and (link.major, link.minor) != (1, 0):
            msg = f"link v{link.major}.{link.minor} is not known; known is v1.0"
            raise _refusal(ErrorCode.UNKNOWN_LINK_VERSION, msg, subgraph)
    federation = next((link for link in links if link.identity == FEDERATION_IDENTITY), None)
    directives: dict[str, str] = {}
    scalars: dict[str, str] = {}
    if federation is None:
        directives.update({directive.name: directive.name for directive in directives_of(None)})
        defined = {node.name.value for node in document.definitions if isinstance(node, DirectiveDefinitionNode)}
        directives.update({name: name for name in _DEFINED_BY_VERSION_ONE & defined})
        scalars.update({"_FieldSet": "FieldSet", "FieldSet": "FieldSet"})
    else:
        _require_known_version(federation, subgraph)
        directives.update(_federation_directives(federation, subgraph))
        scalars.update(_federation_scalars(federation))
    for link in links:
        directives.update(_standalone_directives(link, subgraph))
    return LinkedNames(
        federation.minor if federation else None,
        directives,
        scalars,
        link_name,
        tuple(links),
        _composed_names(document, applied, directives),
    )


def _composed_names(
    document: DocumentNode, applied: Sequence[ConstDirectiveNode], directives: Mapping[str, str]
) -> dict[str, bool]:
    repeatable = {
        f"@{node.name.value}"
        for node in document.definitions
        if isinstance(node, DirectiveDefinitionNode) and node.repeatable
    }
    names = [
        _text(_arguments(node).get("name")) or ""
        for node in applied
        if directives.get(node.name.value) == "composeDirective"
    ]
    return {name: name in repeatable for name in names}


def _name_of_link_directive(applied: Sequence[ConstDirectiveNode]) -> str:
    for directive in applied:
        arguments = _arguments(directive)
        url, alias = _text(arguments.get("url")), _text(arguments.get("as"))
        if url and url.startswith(f"{LINK_IDENTITY}/") and directive.name.value == (alias or "link"):
            return directive.name.value
    return "link"


def _arguments(directive: ConstDirectiveNode) -> dict[str, ValueNode]:
    return {argument.name.value: argument.value for argument in directive.arguments or ()}


def _text(node: ValueNode | None) -> str | None:
    return node.value if isinstance(node, StringValueNode | EnumValueNode) else None


def _read_link(directive: ConstDirectiveNode, subgraph: str) -> Link:
    arguments = _arguments(directive)
    url = _text(arguments.get("url"))
    if url is None:
        raise _refusal(ErrorCode.INVALID_LINK_DIRECTIVE_USAGE, "@link needs a url", subgraph)
    alias = _text(arguments.get("as"))
    if alias is not None and not _PREFIX.match(alias):
        msg = f'"{alias}" cannot be what a link goes by: it is no name, or has "__" inside or "_" at its end'
        raise _refusal(ErrorCode.INVALID_LINK_DIRECTIVE_USAGE, msg, subgraph)
    match = _URL.match(url)
    if match is None:
        name = url.rstrip("/").rsplit("/", 1)[-1]
        if url.startswith(f"{FEDERATION_IDENTITY}/") or url == FEDERATION_IDENTITY or not name:
            raise _refusal(
                ErrorCode.INVALID_LINK_IDENTIFIER, f'"{url}" does not end in a version such as /v2.9', subgraph
            )
        return Link(url, name, 0, 0, alias or name, {}, _text(arguments.get("for")))
    return Link(
        match["identity"],
        match["name"],
        int(match["major"]),
        int(match["minor"]),
        alias or match["name"],
        dict(_imports(arguments.get("import"), subgraph)),
        _text(arguments.get("for")),
    )


def _imports(node: ValueNode | None, subgraph: str) -> Iterator[tuple[str, str]]:
    # A single import may stand without brackets: a list of one, as everywhere in GraphQL.
    single = (node,) if node else ()
    for item in node.values if isinstance(node, ListValueNode) else single:
        if isinstance(item, ObjectValueNode):
            fields = {field.name.value: _text(field.value) for field in item.fields}
            name = fields.get("name")
            alias = fields.get("as") or name
        else:
            name = alias = _text(item)
        if not name or not alias or not _NAME.match(name) or not _NAME.match(alias):
            raise _refusal(ErrorCode.INVALID_LINK_DIRECTIVE_USAGE, "an import of @link is not a name", subgraph)
        if name.startswith("@") != alias.startswith("@"):
            msg = f'the import "{name}" cannot be renamed to "{alias}": a directive stays a directive, a type a type'
            raise _refusal(ErrorCode.INVALID_LINK_DIRECTIVE_USAGE, msg, subgraph)
        yield name, alias


def _require_distinct(links: Sequence[Link], subgraph: str) -> None:
    for place, link in enumerate(links):
        for other in links[:place]:
            if link.identity == other.identity:
                msg = f'"{link.identity}" is linked twice'
                raise _refusal(ErrorCode.INVALID_LINK_DIRECTIVE_USAGE, msg, subgraph)
            if link.prefix == other.prefix:
                msg = f'"{other.identity}" and "{link.identity}" both go by the name "{link.prefix}"'
                raise _refusal(ErrorCode.INVALID_LINK_DIRECTIVE_USAGE, msg, subgraph)
    taken: dict[str, str] = {}
    for link in links:
        for name, alias in link.imports.items():
            if alias in taken:
                msg = f'"{alias}" is imported for {taken[alias]} and for {name} of {link.identity}'
                raise _refusal(ErrorCode.INVALID_LINK_DIRECTIVE_USAGE, msg, subgraph)
            taken[alias] = f"{name} of {link.identity}"


def _require_known_version(link: Link, subgraph: str) -> None:
    if (link.major, 0) != (2, 0) or link.minor > NEWEST_MINOR:
        msg = f"federation v{link.major}.{link.minor} is not known; known are v2.0 to v2.{NEWEST_MINOR}"
        raise _refusal(ErrorCode.UNKNOWN_FEDERATION_LINK_VERSION, msg, subgraph)


def _federation_directives(link: Link, subgraph: str) -> Iterator[tuple[str, str]]:
    known = {directive.name for directive in directives_of(link.minor)}
    importable = {f"@{name}" for name in known} | set(scalars_of(link.minor))
    for name in link.imports:
        if name not in importable:
            msg = f'federation v2.{link.minor} has no element "{name}" to import'
            raise _refusal(ErrorCode.INVALID_LINK_DIRECTIVE_USAGE, msg, subgraph)
    for name in known:
        yield f"{link.prefix}__{name}", name
        if f"@{name}" in link.imports:
            yield link.imports[f"@{name}"].removeprefix("@"), name


def _federation_scalars(link: Link) -> Iterator[tuple[str, str]]:
    for name in scalars_of(link.minor):
        yield f"{link.prefix}__{name}", name
        if name in link.imports:
            yield link.imports[name], name


def _standalone_directives(link: Link, subgraph: str) -> Iterator[tuple[str, str]]:
    if link.identity in (FEDERATION_IDENTITY, LINK_IDENTITY):
        return
    names = STANDALONE_FEATURES.get(link.identity)
    if names is None:
        if link.purpose is not None or link.identity == CONNECT_IDENTITY:
            purpose = f" for {link.purpose}" if link.purpose else ""
            msg = f'"{link.identity}" is linked{purpose}, but composition does not support it'
            raise _refusal(ErrorCode.UNSUPPORTED_LINKED_FEATURE, msg, subgraph)
        return
    for name in names:
        yield (link.prefix if name == link.name else f"{link.prefix}__{name}"), name
        if f"@{name}" in link.imports:
            yield link.imports[f"@{name}"].removeprefix("@"), name


def _refusal(code: ErrorCode, message: str, subgraph: str) -> CompositionFailed:
    return CompositionFailed((CompositionError(code, message, "@link", (subgraph,)),))
