"""Who may do what: every operation of the graph by role, from the published schema and `kernel/permissions.py`.

The directives say what an operation needs; that its subgraph demands just that is what
`tests/integration/test_permissions.py` tries, operation by operation and role by role.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from graphql import (
    ConstDirectiveNode,
    FieldDefinitionNode,
    InterfaceTypeDefinitionNode,
    ListValueNode,
    ObjectTypeDefinitionNode,
    ObjectTypeExtensionNode,
    StringValueNode,
    ValueNode,
    parse,
)

from cli.ports import CONTEXTS
from cli.schema_files import subgraph_sdl
from cli.state import ROOT
from kernel.permissions import ROLE_SCOPES
from kernel.step_up import STEP_UP_SCOPES

PAGE: Final = ROOT / "docs" / "operations" / "permissions.md"
ROLES: Final = tuple(ROLE_SCOPES)
_ROOTS: Final = ("Query", "Mutation", "Subscription")
_MACHINERY: Final = frozenset({"_entities", "_service"})


class Outcome(StrEnum):
    """What becomes of a call before anything of its arguments is looked at."""

    ALLOWED = "allowed"
    FORBIDDEN = "FORBIDDEN"
    UNAUTHENTICATED = "UNAUTHENTICATED"


@dataclass(frozen=True, slots=True)
class Guarded:
    """A field of a subgraph and what it needs.

    Attributes:
        alternatives: sets of scopes, one of which is needed; none where signing in is enough.
        is_public: nobody has to sign in.
        is_internal: in no client's graph.
    """

    context: str
    parent: str
    name: str
    alternatives: tuple[frozenset[str], ...]
    is_public: bool
    is_internal: bool

    @property
    def coordinate(self) -> str:
        """As in a schema: `Mutation.userCreate`."""
        return f"{self.parent}.{self.name}"

    @property
    def is_operation(self) -> bool:
        """Whether a request begins with it."""
        return self.parent in _ROOTS

    @property
    def need(self) -> str:
        """What it needs, in words."""
        if self.is_public:
            return "nothing"
        sets = [" and ".join(f"`{scope}`" for scope in sorted(scopes)) for scopes in self.alternatives]
        return (" or ".join(sets) or "signing in") + (" **2FA**" if self.needs_second_factor else "")

    @property
    def needs_second_factor(self) -> bool:
        """Whether people have to have given one lately, whichever scope they call it by."""
        return bool(self.alternatives) and all(scopes & STEP_UP_SCOPES for scopes in self.alternatives)

    def outcome(self, role: str | None) -> Outcome:
        """For somebody with only this role; None is nobody."""
        if self.is_public:
            return Outcome.ALLOWED
        if role is None:
            return Outcome.UNAUTHENTICATED
        held = ROLE_SCOPES[role]
        may = not self.alternatives or any(scopes <= held for scopes in self.alternatives)
        return Outcome.ALLOWED if may else Outcome.FORBIDDEN


def guarded_fields(sdls: Mapping[str, str] | None = None) -> Sequence[Guarded]:
    """Operations, and other fields that need something; `sdls` are those of our subgraphs unless given."""
    texts = sdls if sdls is not None else {context: subgraph_sdl(context) for context in CONTEXTS}
    found = [field for context, sdl in texts.items() for field in _fields(context, sdl)]
    return [field for field in found if field.is_operation or not field.is_public]


def page_text(fields: Sequence[Guarded]) -> str:
    """The documentation page."""
    operations = [field for field in fields if field.is_operation]
    blocks = [_INTRODUCTION]
    for context in dict.fromkeys(field.context for field in operations):
        rows = [field for field in operations if field.context == context]
        blocks.append(f"## {context.capitalize()}\n\n{_table(rows)}")
    others = [field for field in fields if not field.is_operation]
    blocks.append(f"## Fields that need a scope of their own\n\n{_FIELDS}\n\n{_table(others)}")
    return "\n\n".join(blocks) + "\n"


def differing_page(path: Path = PAGE) -> str | None:
    """The page as the code wants it, if it is not so already."""
    wanted = page_text(guarded_fields())
    return None if path.is_file() and path.read_text(encoding="utf-8") == wanted else wanted


_INTRODUCTION: Final = """# Who may do what

Made by `./retailflow permissions` from the schema and `kernel/permissions.py`; `./retailflow check` compares it. A dot
is a role that may; the others get `FORBIDDEN`, and who is not signed in gets `UNAUTHENTICATED`. What a role may do it
may do to its own tenant only; *signing in* lets a customer reach what is theirs, staff with the scope of the domain
everybody's. *Internal* operations are in no client's graph: only the saga calls them. Store managers, cashiers and
stock clerks change stock only at the stores in their token (`store_ids`); they see the whole tenant's.
**2FA** needs a second factor given lately as well: people without one get `STEP_UP_REQUIRED` ([step-up](sign-in.md)).
`tests/integration/test_permissions.py` runs every operation as every role against the real subgraphs."""
_FIELDS: Final = "Without it they are null, with an error; the rest of the answer comes."


def _table(fields: Sequence[Guarded]) -> str:
    head = ["Field", "Needs", *(role.replace("_", " ") for role in ROLES)]
    lines = [_row(head), _row(["---", "---", *(":-:" for _ in ROLES)])]
    for field in fields:
        internal = " *internal*" if field.is_internal else ""
        marks = ["●" if field.outcome(role) is Outcome.ALLOWED else "" for role in ROLES]
        lines.append(_row([f"`{field.coordinate}`{internal}", field.need, *marks]))
    return "\n".join(lines)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _fields(context: str, sdl: str) -> Iterator[Guarded]:
    for definition in parse(sdl, no_location=True).definitions:
        if isinstance(definition, ObjectTypeDefinitionNode | ObjectTypeExtensionNode | InterfaceTypeDefinitionNode):
            for field in definition.fields or ():
                if field.name.value not in _MACHINERY:
                    yield _guarded(context, definition.name.value, field)


def _guarded(context: str, parent: str, field: FieldDefinitionNode) -> Guarded:
    directives = {directive.name.value: directive for directive in field.directives or ()}
    scopes = directives.get("requiresScopes")
    return Guarded(
        context,
        parent,
        field.name.value,
        alternatives=tuple(_scope_sets(scopes)) if scopes is not None else (),
        is_public=scopes is None and "authenticated" not in directives,
        is_internal="inaccessible" in directives,
    )


def _scope_sets(directive: ConstDirectiveNode) -> Iterator[frozenset[str]]:
    for argument in directive.arguments or ():
        for alternative in _items(argument.value):
            yield frozenset(item.value for item in _items(alternative) if isinstance(item, StringValueNode))


def _items(value: ValueNode) -> Sequence[ValueNode]:
    return list(value.values) if isinstance(value, ListValueNode) else [value]
