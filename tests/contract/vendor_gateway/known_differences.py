"""Where composers judge a graph differently: which judgement ours follows, by name and with the reason."""

import re
from collections.abc import Callable
from dataclasses import dataclass

Codes = frozenset[str]

_NEW_VERSION = "UNKNOWN_FEDERATION_LINK_VERSION"
_THROWN = "CRASH"


@dataclass(frozen=True, slots=True)
class Judgements:
    """The codes each composer refuses a graph with, none when it composes, and all the graph's SDL.

    `has_version_one`: some subgraph links no federation.
    """

    ours: Codes
    apollo: Codes
    guild: Codes
    sdl: str
    has_version_one: bool = False


@dataclass(frozen=True, slots=True)
class KnownDifference:
    """A class of graphs that composers judge differently."""

    name: str
    reason: str
    covers: Callable[[Judgements], bool]


def _only_guild(code: str) -> Callable[[Judgements], bool]:
    """Ours and Apollo's compose what the Guild's refuses for this alone."""
    return lambda found: not found.ours and not found.apollo and found.guild == {code}


def _not_guild(*codes: str) -> Callable[[Judgements], bool]:
    """Ours and Apollo's refuse for these what the Guild's composes."""
    _UNKNOWN_TO_GUILD.update(codes)
    return lambda found: bool(found.ours) and not found.guild and found.ours <= found.apollo <= set(codes)


_UNKNOWN_TO_GUILD: set[str] = set()


def _not_apollo(code: str) -> Callable[[Judgements], bool]:
    """Ours and the Guild's refuse for this what Apollo's composes."""
    return lambda found: not found.apollo and found.ours == found.guild == {code}


_OTHER_NAMES = ("@primaryKey", "@federation__key", "@interfaceObjectHere", "@federation__interfaceObject")


def _misread(sdl: str) -> frozenset[str]:
    """What the Guild's reports of names and declarations it does not recognise."""
    codes: set[str] = set()
    if any(name in sdl for name in _OTHER_NAMES) or "extend type Media" in sdl:
        codes |= {"INTERFACE_OBJECT_USAGE_ERROR", "TYPE_KIND_MISMATCH", "EXTERNAL_MISSING_ON_BASE"}
    if "__mark" in sdl:
        codes.add("DIRECTIVE_COMPOSITION_ERROR")
    return frozenset(codes)


KNOWN_DIFFERENCES: tuple[KnownDifference, ...] = (
    KnownDifference(
        "other names",
        "the Guild's looks for @key and @interfaceObject where the subgraph imports them by other names, sees no key on"
        " an extension, and composes only what is imported; by the specification of links a name may be prefixed",
        lambda found: (
            not found.ours and found.apollo <= {_THROWN} and bool(found.guild) and found.guild <= _misread(found.sdl)
        ),
    ),
    KnownDifference(
        "a key in an inline fragment without a type",
        "the Guild's does not see that the field is part of a key",
        lambda found: _only_guild("INVALID_FIELD_SHARING")(found) and "... {" in found.sdl,
    ),
    KnownDifference(
        "a required input field with a default",
        "by GraphQL it is not required, whatever its type",
        _only_guild("REQUIRED_INPUT_FIELD_MISSING_IN_SOME_SUBGRAPH"),
    ),
    KnownDifference(
        "alternatives wider than required",
        "alternatives are joined by OR: each one of the field must contain one of the required field's",
        _only_guild("MISSING_TRANSITIVE_AUTH_REQUIREMENTS"),
    ),
    KnownDifference(
        "alternatives narrower than required, and access behind an interface object",
        "as above; and what implementations demand holds for the field of their interface",
        _not_guild("MISSING_TRANSITIVE_AUTH_REQUIREMENTS"),
    ),
    KnownDifference(
        "merged directives on external fields",
        "the rule is about every directive that reaches the supergraph, not only @tag and @inaccessible",
        _not_guild("MERGED_DIRECTIVE_APPLICATION_ON_EXTERNAL"),
    ),
    KnownDifference(
        "external fields of interfaces",
        "interfaces resolve nothing, so nothing of theirs is external",
        _not_guild("EXTERNAL_ON_INTERFACE", "EXTERNAL_UNUSED"),
    ),
    KnownDifference(
        "defaults that are no values of their type",
        "they are not valid GraphQL",
        _not_guild("INVALID_GRAPHQL"),
    ),
    KnownDifference(
        "sharing what one subgraph overrides",
        "who takes a field over shares it with whoever still resolves it",
        _not_guild("INVALID_FIELD_SHARING", "OVERRIDE_COLLISION_WITH_ANOTHER_DIRECTIVE"),
    ),
    KnownDifference(
        "fragments in keys, and keys without the selection they need",
        "a field set is a valid selection of its type",
        _not_guild("KEY_INVALID_FIELDS"),
    ),
    KnownDifference(
        "computed fields without the selection they need",
        "as above",
        _not_guild("REQUIRES_INVALID_FIELDS"),
    ),
    KnownDifference(
        "interface fields of different types",
        "a type has one shape, whatever its kind",
        _not_guild("FIELD_TYPE_MISMATCH"),
    ),
    KnownDifference(
        "an interface object beside an implementation",
        "a subgraph that knows an implementation cannot answer for all of them by one object",
        _not_guild("INTERFACE_OBJECT_USAGE_ERROR"),
    ),
    KnownDifference(
        "what is accessible names what is not, or implements it",
        "callers would see the name of something hidden",
        _not_guild("REFERENCED_INACCESSIBLE", "IMPLEMENTED_BY_INACCESSIBLE"),
    ),
    KnownDifference(
        "external fields of another type",
        "an external declaration repeats the type it has where it is resolved",
        _not_guild("EXTERNAL_TYPE_MISMATCH"),
    ),
    KnownDifference(
        "keys without the selection they need, on which Apollo's throws",
        "a field set is a valid selection of its type",
        lambda found: not found.guild and found.ours == {"KEY_INVALID_FIELDS"} and _THROWN in found.apollo,
    ),
    KnownDifference(
        "required fields with arguments that who resolves them does not understand",
        "it would be asked for them nevertheless; Apollo's throws",
        lambda found: not found.guild and found.ours == {"REQUIRES_INVALID_FIELDS"} and found.apollo == {_THROWN},
    ),
    KnownDifference(
        "fields of interface objects that take others over",
        "Apollo's does not support that yet; nothing in the specification forbids it",
        lambda found: (
            "OVERRIDE_COLLISION_WITH_ANOTHER_DIRECTIVE" in found.apollo
            and "OVERRIDE_COLLISION_WITH_ANOTHER_DIRECTIVE" not in found.ours
            and re.search(r"@interfaceObject[^}]*@override\(", found.sdl) is not None
        ),
    ),
    KnownDifference(
        "an empty label",
        "a label is a name or a percentage, and nothing is neither",
        lambda found: not found.apollo and found.ours == {"OVERRIDE_LABEL_INVALID"} and 'label: ""' in found.sdl,
    ),
    KnownDifference(
        "a field taken over from its own subgraph by an invalid label",
        "Apollo's looks no further than at the first of both faults",
        lambda found: (
            found.apollo == {"OVERRIDE_FROM_SELF_ERROR"}
            and found.ours == {"OVERRIDE_FROM_SELF_ERROR", "OVERRIDE_LABEL_INVALID"}
        ),
    ),
    KnownDifference(
        "a default that lacks a field the merged input requires",
        "by GraphQL a default is a value of its type; the others do not look at defaults once they are merged",
        lambda found: (
            found.ours == {"INVALID_GRAPHQL"}
            and not found.apollo
            and not found.guild - {_NEW_VERSION} - _misread(found.sdl)
            and "= { limit: 3" in found.sdl.replace("[{", "{")
        ),
    ),
    KnownDifference(
        "computed behind an unresolvable key",
        "a field with @requires is fetched by a second look-up in its subgraph, which resolvable: false forbids",
        lambda found: (
            found.ours == {"SATISFIABILITY_ERROR"}
            and not found.apollo
            and "resolvable: false" in found.sdl
            and "requires(" in found.sdl
        ),
    ),
    KnownDifference(
        "access behind an interface object that only another implementation demands",
        "Apollo's takes the demand of one implementation for that of all; who sees a film by its own type is not asked",
        lambda found: (
            found.ours == {"MISSING_TRANSITIVE_AUTH_REQUIREMENTS"}
            and not found.apollo
            and not found.guild - {_NEW_VERSION}
            and "@interfaceObject" in found.sdl
            and "requires(" in found.sdl
        ),
    ),
    KnownDifference(
        "what one field provides taken for what all give",
        "Apollo's walks no field of a type it has seen in that subgraph, though it was a path that provides more",
        lambda found: (
            found.ours == {"SATISFIABILITY_ERROR"}
            and not found.apollo
            and found.guild in ({"SATISFIABILITY_ERROR"}, {"PROVIDES_ON_NON_OBJECT_FIELD"}, {_NEW_VERSION})
            and "provides(" in found.sdl
        ),
    ),
    KnownDifference(
        "Federation 1 requires a field of itself",
        "it is its own, so nothing is gathered for it",
        lambda found: _only_guild("SATISFIABILITY_ERROR")(found) and found.has_version_one and "requires(" in found.sdl,
    ),
    KnownDifference(
        "several of what the Guild's does not judge, in one graph",
        "each as above",
        lambda found: (
            not found.guild and bool(found.ours and found.apollo) and found.ours | found.apollo <= _UNKNOWN_TO_GUILD
        ),
    ),
    KnownDifference(
        "a type that only some who share a field give out",
        "Apollo's asks no more of a type as soon as one of them cannot give it; but another can",
        lambda found: _not_apollo("SATISFIABILITY_ERROR")(found) and "@shareable" in found.sdl,
    ),
    KnownDifference(
        "a field set with a fragment that never applies",
        "by GraphQL it is no valid selection, whatever is in the fragment",
        lambda found: (
            "... on" in found.sdl
            and bool(found.apollo)
            and bool(found.ours)
            and found.ours - {"EXTERNAL_UNUSED"}
            <= {"KEY_INVALID_FIELDS", "REQUIRES_INVALID_FIELDS", "PROVIDES_INVALID_FIELDS"}
        ),
    ),
    KnownDifference(
        "the cost of an interface object",
        "Apollo's prints it on the interface, where its own definition of @cost forbids it, and then refuses that",
        lambda found: (
            'Directive "@cost" may not be used on INTERFACE.' in found.apollo
            and (bool(found.ours) or found.guild in (set(), {_NEW_VERSION}, {"INTERFACE_OBJECT_USAGE_ERROR"}))
        ),
    ),
    KnownDifference(
        "two kinds of type under one name, where the merged one is no GraphQL either",
        "Apollo's speaks of the result; the kinds are the cause",
        lambda found: found.apollo == {"INVALID_GRAPHQL"} and "TYPE_KIND_MISMATCH" in found.ours and bool(found.guild),
    ),
    KnownDifference(
        "an external field that Apollo's calls unused when it reads its own supergraph",
        "it is unused where it is declared, too",
        lambda found: found.ours == {"EXTERNAL_UNUSED"} and found.apollo == {_THROWN} and not found.guild,
    ),
    KnownDifference(
        "what an extension requires or provides of its own external key",
        "it has it before the field is asked for",
        _not_guild("REQUIRES_FIELDS_MISSING_EXTERNAL", "PROVIDES_FIELDS_MISSING_EXTERNAL"),
    ),
    KnownDifference(
        "what is proved by way of an external key",
        "a subgraph that marks its key as external does not give it",
        _not_guild("SATISFIABILITY_ERROR"),
    ),
    KnownDifference(
        "keys through interfaces and unions",
        "their values cannot be compared",
        _not_guild("KEY_FIELDS_SELECT_INVALID_TYPE"),
    ),
    KnownDifference(
        "shared fields of other types in each subgraph",
        "what a caller gets would depend on the subgraph asked",
        _not_guild("SHAREABLE_HAS_MISMATCHED_RUNTIME_TYPES"),
    ),
    KnownDifference(
        "@provides on a leaf",
        "the others stop there and say nothing of what else is wrong",
        lambda found: (
            "PROVIDES_ON_NON_OBJECT_FIELD" in found.ours & found.apollo
            and ("PROVIDES_ON_NON_OBJECT_FIELD" in found.guild or found.guild == {_NEW_VERSION})
        ),
    ),
    KnownDifference(
        "a key that another subgraph overrides",
        "Apollo's still takes it from where it was; a subgraph that lost a field is not asked for it",
        lambda found: _not_apollo("SATISFIABILITY_ERROR")(found) and "override(" in found.sdl,
    ),
    KnownDifference(
        "what Federation 1 drops: @provides on a leaf, @requires on an interface",
        "such a subgraph may say so, and it means nothing",
        lambda found: (
            _only_guild("PROVIDES_ON_NON_OBJECT_FIELD")(found)
            or _only_guild("REQUIRES_UNSUPPORTED_ON_INTERFACE")(found)
        ),
    ),
    KnownDifference(
        "a directive that one subgraph imports by another name, and Federation 1 by its own",
        "it reaches the supergraph, where it has one name",
        _not_guild("LINK_IMPORT_NAME_MISMATCH"),
    ),
    KnownDifference(
        "what else is wrong with a type of two kinds",
        "Apollo's leaves such a type out before it looks at fields",
        lambda found: "TYPE_KIND_MISMATCH" in found.ours & found.apollo,
    ),
    KnownDifference(
        "a second type with the name of a root",
        "Apollo's speaks of the type defined twice, ours of the name",
        lambda found: "ROOT_QUERY_USED" in found.ours and found.apollo == {"INVALID_GRAPHQL"},
    ),
    KnownDifference(
        "coming back to a subgraph by a key it gave itself",
        "Apollo's wants the key from where the requirement was gathered; what the subgraph gave first is still there",
        lambda found: (
            not found.ours and not found.guild and found.apollo == {"SATISFIABILITY_ERROR"} and "requires(" in found.sdl
        ),
    ),
    KnownDifference(
        "names of subgraphs",
        "ours are judged before anything is read",
        lambda found: found.ours == {"INVALID_SUBGRAPH_NAME"} and bool(found.apollo),
    ),
    KnownDifference(
        "a required field that is moved in part",
        "the others gather what @requires names from no subgraph as long as a label decides; one always has it",
        lambda found: (
            not found.ours
            and found.apollo == {"SATISFIABILITY_ERROR"}
            and "label:" in found.sdl
            and "requires(" in found.sdl
        ),
    ),
)


def disagreement(found: Judgements) -> str | None:
    """What is wrong with our judgement of a graph beside the others'; None when it is theirs or known by name.

    A peer that does not know the version, or that throws, has no judgement. Both refusing, each of our codes must be
    one of theirs: like them we report the errors of the first stage that has any, but stages are cut differently.
    """
    voices = [codes for codes in (found.apollo, found.guild) if not codes & {_NEW_VERSION, _THROWN}]
    if any(item.covers(found) for item in KNOWN_DIFFERENCES) or not voices:
        return None
    verdicts = {bool(codes) for codes in voices}
    if verdicts != {bool(found.ours)}:
        return "the verdict"
    is_alone = _THROWN in found.apollo | found.guild
    if found.apollo == {_THROWN} and found.ours and (found.guild or found.ours <= _UNKNOWN_TO_GUILD):
        return None
    strange = found.ours - frozenset[str]().union(*voices)
    return f"the codes {sorted(strange)}" if strange and not (is_alone and found.ours - strange) else None
