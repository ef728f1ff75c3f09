"""References to contexts: what `@fromContext` says, such as `$shop { currency }`."""

import re
from dataclasses import dataclass, field

from router.composition.field_sets import FieldSelection, FieldSet, parse_field_set

_REFERENCE = re.compile(r"^[\s,]*\$(?P<context>[A-Za-z_]\w*)\b[\s,]*(?P<selection>\S.*)$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class ContextReference:
    """The context an argument is filled from; without a name the text is no reference.

    A selection in braces holds for every type that sets the context, one of fragments for the types they name. Braces
    may be left out around fields.
    """

    text: str
    context: str | None = None
    selection: FieldSet = field(default_factory=lambda: FieldSet(""))
    is_braced: bool = False

    @property
    def selection_text(self) -> str:
        """The selection as the supergraph carries it."""
        return f"{{ {self.selection.text} }}" if self.is_braced else self.selection.text


def parse_context_reference(text: str) -> ContextReference:
    """Read the argument `field` of `@fromContext`; never raises."""
    match = _REFERENCE.match(text)
    if match is None:
        return ContextReference(text)
    selection = match["selection"].strip()
    has_braces = selection.startswith("{") and selection.endswith("}")
    fields = parse_field_set(selection[1:-1] if has_braces else selection)
    is_braced = has_braces or any(isinstance(item, FieldSelection) for item in fields.selections)
    return ContextReference(text, match["context"], fields, is_braced)
