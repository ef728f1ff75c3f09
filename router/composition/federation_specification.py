"""What each version of the federation specification offers to a subgraph: its directives and its scalars."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

FEDERATION_IDENTITY = "https://specs.apollo.dev/federation"
LINK_IDENTITY = "https://specs.apollo.dev/link"
CONNECT_IDENTITY = "https://specs.apollo.dev/connect"
NEWEST_MINOR = 12


@dataclass(frozen=True, slots=True)
class FederationDirective:
    """A directive by its canonical name, its SDL after `directive @name`, and the 2.x minors in which it is that.

    Scopes and policies are strings here, though the specification's scalars would let anything pass.
    """

    name: str
    signature: str
    since_minor: int = 0
    in_version_one: bool = False
    until_minor: int = NEWEST_MINOR


_FIELDS = "fields: federation__FieldSet!"
_ACCESS_PLACES = "FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR | ENUM"
_ANY_ELEMENT = (
    "FIELD_DEFINITION | OBJECT | INTERFACE | UNION | ARGUMENT_DEFINITION | SCALAR"
    " | ENUM | ENUM_VALUE | INPUT_OBJECT | INPUT_FIELD_DEFINITION"
)

DIRECTIVES: tuple[FederationDirective, ...] = (
    FederationDirective(
        "key", f"({_FIELDS}, resolvable: Boolean = true) repeatable on OBJECT | INTERFACE", in_version_one=True
    ),
    FederationDirective("requires", f"({_FIELDS}) on FIELD_DEFINITION", in_version_one=True),
    FederationDirective("provides", f"({_FIELDS}) on FIELD_DEFINITION", in_version_one=True),
    FederationDirective("external", "(reason: String) on OBJECT | FIELD_DEFINITION", in_version_one=True),
    FederationDirective("extends", " on OBJECT | INTERFACE", in_version_one=True),
    FederationDirective("tag", f"(name: String!) repeatable on {_ANY_ELEMENT}", until_minor=2, in_version_one=True),
    FederationDirective("tag", f"(name: String!) repeatable on {_ANY_ELEMENT} | SCHEMA", 3),
    FederationDirective("inaccessible", f" on {_ANY_ELEMENT}"),
    FederationDirective("shareable", " on OBJECT | FIELD_DEFINITION", until_minor=1),
    FederationDirective("shareable", " repeatable on OBJECT | FIELD_DEFINITION", 2),
    FederationDirective("override", "(from: String!) on FIELD_DEFINITION", until_minor=6),
    FederationDirective("override", "(from: String!, label: String) on FIELD_DEFINITION", 7),
    FederationDirective("composeDirective", "(name: String) repeatable on SCHEMA", 1),
    FederationDirective("interfaceObject", " on OBJECT", 3),
    FederationDirective("authenticated", f" on {_ACCESS_PLACES}", 5),
    FederationDirective("requiresScopes", f"(scopes: [[String!]!]!) on {_ACCESS_PLACES}", 5),
    FederationDirective("policy", f"(policies: [[String!]!]!) on {_ACCESS_PLACES}", 6),
    FederationDirective("context", "(name: String!) repeatable on INTERFACE | OBJECT | UNION", 8),
    FederationDirective("fromContext", "(field: federation__ContextFieldValue) on ARGUMENT_DEFINITION", 8),
    FederationDirective(
        "cost",
        "(weight: Int!) on ARGUMENT_DEFINITION | ENUM | FIELD_DEFINITION | INPUT_FIELD_DEFINITION | OBJECT | SCALAR",
        9,
    ),
    FederationDirective(
        "listSize",
        "(assumedSize: Int, slicingArguments: [String!], sizedFields: [String!],"
        " requireOneSlicingArgument: Boolean = true) on FIELD_DEFINITION",
        9,
    ),
    FederationDirective(
        "cacheTag", "(format: String!) repeatable on OBJECT | INTERFACE | FIELD_DEFINITION", NEWEST_MINOR
    ),
)

SCALARS_SINCE: dict[str, int] = {"FieldSet": 0, "Scope": 5, "Policy": 6, "ContextFieldValue": 8}

# Directives of specifications a subgraph may link by themselves rather than through federation.
STANDALONE_FEATURES: dict[str, tuple[str, ...]] = {
    "https://specs.apollo.dev/tag": ("tag",),
    "https://specs.apollo.dev/inaccessible": ("inaccessible",),
    "https://specs.apollo.dev/authenticated": ("authenticated",),
    "https://specs.apollo.dev/requiresScopes": ("requiresScopes",),
    "https://specs.apollo.dev/policy": ("policy",),
    "https://specs.apollo.dev/cost": ("cost", "listSize"),
}

# Reach the supergraph of themselves, when the graph uses them.
MERGED_DIRECTIVES = frozenset({"tag", "inaccessible", "authenticated", "requiresScopes", "policy", "cost", "listSize"})
BUILT_IN_DIRECTIVES = frozenset({"skip", "include", "deprecated", "specifiedBy", "oneOf", "defer", "stream"})
BUILT_IN_SCALARS = frozenset({"String", "Int", "Float", "Boolean", "ID"})

# Types the subgraph machinery adds to a schema; they never enter the supergraph.
MACHINERY_TYPES = frozenset({"_Any", "_Entity", "_Service", "_FieldSet", "link__Import", "link__Purpose"})
MACHINERY_QUERY_FIELDS = frozenset({"_entities", "_service"})


def directives_of(minor: int | None) -> tuple[FederationDirective, ...]:
    """The directives of Federation 2.`minor`, or of Federation 1 when `minor` is None."""
    if minor is None:
        return tuple(directive for directive in DIRECTIVES if directive.in_version_one)
    return tuple(directive for directive in DIRECTIVES if directive.since_minor <= minor <= directive.until_minor)


@cache
def signatures(minor: int | None) -> Mapping[str, str]:
    """The SDL after `directive @name` of every directive there is, as that version has it or else the newest."""
    return {directive.name: directive.signature for directive in (*DIRECTIVES, *directives_of(minor))}


def scalars_of(minor: int | None) -> tuple[str, ...]:
    """The scalars of Federation 2.`minor`, or of Federation 1 when `minor` is None."""
    return tuple(name for name, since in SCALARS_SINCE.items() if since <= (minor or 0))
