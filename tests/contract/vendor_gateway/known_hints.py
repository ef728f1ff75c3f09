"""Remarks on a graph, and in which of them Apollo's may differ from ours."""

import re
from collections.abc import Iterable

_MERGED = "MERGED_NON_REPEATABLE_DIRECTIVE_ARGUMENTS"
_DROPPED = "INCONSISTENT_INPUT_OBJECT_FIELD"


def differing_hints(ours: Iterable[str], apollo: Iterable[str], sdl: str) -> list[str]:
    """The remarks, as `CODE coordinate`, that only one of both has, without what is known.

    Apollo's remarks on the description of an input field though it leaves the field out, and on what different
    implementations demand of a field of their interface.
    """
    mine, theirs = frozenset(map(_bare, ours)), frozenset(map(_bare, apollo))
    known = {hint.replace(_DROPPED, "INCONSISTENT_DESCRIPTION") for hint in mine if hint.startswith(_DROPPED)}
    if " implements " in sdl and re.search("(scopes|policies):", sdl):
        known.add(_MERGED)
    return sorted((mine - theirs) | (theirs - mine - known))


def _bare(hint: str) -> str:
    """Without the place where Apollo's names none or only the type."""
    if hint.startswith(_MERGED):
        return hint.split(" ", maxsplit=1)[0]
    return hint.split(".", maxsplit=1)[0] if "_VALUE_TYPE_FIELD " in hint else hint
