"""The rules on `@composeDirective`."""

from router.composition import ErrorCode
from tests.unit.router.composition.rule_cases.rule_case import RuleCase

_FEDERATION = '@link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@composeDirective"])'


def composing(name: str, link: str, definitions: str = "directive @mine on OBJECT", field: str = "a") -> str:
    """A subgraph that composes the directive of that name from what it links."""
    schema = f"extend schema {_FEDERATION} {link} @composeDirective(name: {name})"
    return f"{schema} {definitions} type Query {{ {field}: Int }}"


def mine(version: str, imported: str = '"@mine"') -> str:
    """The link to a specification of a subgraph's own."""
    return f'@link(url: "https://example.com/mine/{version}", import: [{imported}])'


_ACCEPTED = {"a": composing('"@mine"', mine("v1.0"))}


def _alone(name: str, refused: str, coordinate: str = "@mine") -> RuleCase:
    code = ErrorCode.DIRECTIVE_COMPOSITION_ERROR
    return RuleCase(code, coordinate, ("a",), {"a": refused}, _ACCEPTED, name)


def _beside(name: str, refused: str, accepted: str, subgraph: str = "b") -> RuleCase:
    code = ErrorCode.DIRECTIVE_COMPOSITION_ERROR
    return RuleCase(code, "@mine", (subgraph,), {**_ACCEPTED, "b": refused}, {**_ACCEPTED, "b": accepted}, name)


def _hiding(argument: str) -> str:
    imports = '"@composeDirective", "@inaccessible", "@tag"'
    return (
        f'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: [{imports}]) {mine("v1.0")}'
        f' @composeDirective(name: "@mine") directive @mine({argument}) on OBJECT type Query {{ p: Int }}'
    )


COMPOSED_DIRECTIVES_CASES = (
    _alone("no_at", composing('"mine"', mine("v1.0")), "mine"),
    _alone("no_name", composing('""', mine("v1.0")), ""),
    _alone("undefined", composing('"@yours"', mine("v1.0")), "@yours"),
    _alone("unlinked", composing('"@mine"', "")),
    _alone("federation", composing('"@federation__key"', mine("v1.0")), "@federation__key"),
    _beside("major", composing('"@mine"', mine("v2.0"), field="b"), composing('"@mine"', mine("v1.9"), field="b")),
    _beside(
        "specification",
        composing('"@mine"', '@link(url: "https://example.org/ours/v1.0", import: ["@mine"])', field="b"),
        composing('"@mine"', mine("v1.1"), field="b"),
    ),
    _beside(
        "clash",
        'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: [{name: "@tag", as: "@mine"}])'
        ' type Query { b: Int @mine(name: "x") }',
        'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@tag"])'
        ' type Query { b: Int @tag(name: "x") }',
        "a",
    ),
    RuleCase(
        ErrorCode.DISALLOWED_INACCESSIBLE,
        "@mine(x:)",
        ("a",),
        {"a": _hiding("x: Int @inaccessible")},
        {"a": _hiding("x: Int")},
    ),
)
