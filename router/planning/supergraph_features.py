"""Whether a supergraph uses only features this router knows: `@link` (or `@core`) with a purpose must be obeyed.

A gateway must refuse a document that links a feature `for: EXECUTION` or `for: SECURITY` it does not support
(core schemas specification v0.2, "Supported features"); others it may ignore.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from graphql import (
    ConstDirectiveNode,
    DocumentNode,
    EnumValueNode,
    SchemaDefinitionNode,
    SchemaExtensionNode,
    StringValueNode,
)

from router.planning.invalid_supergraph import InvalidSupergraph, SupergraphFault

_JOIN: Final = "https://specs.apollo.dev/join"
_JOIN_VERSIONS: Final = frozenset({"v0.1", "v0.2", "v0.3", "v0.4", "v0.5"})
_SPECIFICATIONS: Final = "https://specs.apollo.dev/"
#: versions of each feature whose purpose is met; `policy` by letting nobody pass, `cacheTag` by caching nothing
_SUPPORTED: Final[Mapping[str, frozenset[str]]] = {
    "link": frozenset({"v1.0"}),
    "core": frozenset({"v0.1", "v0.2"}),
    "join": _JOIN_VERSIONS,
    "tag": frozenset({"v0.1", "v0.2", "v0.3"}),
    "inaccessible": frozenset({"v0.1", "v0.2"}),
    "authenticated": frozenset({"v0.1"}),
    "requiresScopes": frozenset({"v0.1"}),
    "policy": frozenset({"v0.1"}),
    "context": frozenset({"v0.1"}),
    "cost": frozenset({"v0.1"}),
    "cacheTag": frozenset({"v0.1"}),
}
_URL: Final = re.compile(r"^(?P<identity>.+)/(?P<version>v[0-9]+\.[0-9]+)/?$")


@dataclass(frozen=True, slots=True)
class _Feature:
    identity: str
    version: str
    purpose: str | None


def check_features(document: DocumentNode) -> None:
    """Refuse what cannot be served as its author meant it.

    Raises:
        InvalidSupergraph: the join version is unknown, or a feature with a purpose is.
    """
    for feature in _features(document):
        if feature.identity == _JOIN and feature.version not in _JOIN_VERSIONS:
            known = ", ".join(sorted(_JOIN_VERSIONS))
            raise InvalidSupergraph(
                f"the supergraph is of join {feature.version}; known are {known}", SupergraphFault.UNKNOWN_JOIN_VERSION
            )
        if feature.purpose is not None and not _is_supported(feature):
            raise InvalidSupergraph(
                f"the supergraph needs {feature.identity}/{feature.version} for {feature.purpose}, "
                "which this router does not support",
                SupergraphFault.UNSUPPORTED_FEATURE,
            )


def _is_supported(feature: _Feature) -> bool:
    name = feature.identity.removeprefix(_SPECIFICATIONS)
    return name != feature.identity and feature.version in _SUPPORTED.get(name, frozenset())


def _features(document: DocumentNode) -> Iterator[_Feature]:
    for node in document.definitions:
        if isinstance(node, SchemaDefinitionNode | SchemaExtensionNode):
            for directive in node.directives or ():
                arguments = _arguments(directive)
                # `@core` calls it feature; whatever `@link` itself is called here, its url is one
                url = arguments.get("url", arguments.get("feature", ""))
                found = _URL.match(url)
                if found is not None:
                    yield _Feature(found["identity"], found["version"], arguments.get("for"))
                elif "for" in arguments and url:
                    yield _Feature(url, "", arguments["for"])


def _arguments(directive: ConstDirectiveNode) -> Mapping[str, str]:
    return {
        argument.name.value: argument.value.value
        for argument in directive.arguments or ()
        if isinstance(argument.value, StringValueNode | EnumValueNode)
    }
