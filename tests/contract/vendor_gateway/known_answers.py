"""Where another vendor's gateway answers random graphs differently than one schema over the same world does."""

import re
from collections.abc import Sequence

_UNSOUND = {
    "names the composed root type to a subgraph that calls it otherwise": r"Unknown type '(Query|Mutation)'",
    "asks a required field with two sets of arguments under one name": r"conflict because they have differing",
    "asks a field where the subgraph does not have it": r"is external|is overridden",
    "asks a field without what it requires": r"needs a representation|the representation .* lacks",
    "represents an object without its type": r"does not say of what type",
    "represents an entity by a key that is null": r"has no key",
    "takes what an alias names for the field of that name": r"Invalid non-(object|list) value|are different fields",
    "has no plan": r"^thrown: We should have an edge",
}
_NESTED_LIST = re.compile(r"^  (\w+)(?:\(.*\))?: \[\[", re.MULTILINE)
_REQUIRED_ARGUMENTS = re.compile(r"^  (\w+)(?:\([^@]*\))?: [^\n]*requires: \"[^\n]*\(", re.MULTILINE)
_NAME = re.compile(r"\w+")


def known_reason(query: str, supergraph: str, errors: Sequence[str]) -> str | None:
    """Why their answer is not that of one schema, by their errors or else by the fields asked; None if unknown."""
    if errors:
        found = [reason for reason, text in _UNSOUND.items() if any(re.search(text, error) for error in errors)]
        return found[0] if found else None
    asked = set(_NAME.findall(query))
    if asked & set(_REQUIRED_ARGUMENTS.findall(supergraph)):
        return "takes a field asked with other arguments for the required one"
    if asked & set(_NESTED_LIST.findall(supergraph)):
        return "loses or mixes up objects in lists of lists"
    return None
