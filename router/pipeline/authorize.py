"""Fourth stage: who calls, and which fields of the graph that caller may not see.

Subgraphs enforce the same rules themselves; here a field without permission is not even fetched.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from math import prod
from typing import Final, Protocol, TypeAlias

from graphql import (
    ConstDirectiveNode,
    DocumentNode,
    ListValueNode,
    StringValueNode,
    TypeDefinitionNode,
    ValueNode,
)

from kernel.errors import DomainError, Unauthenticated
from kernel.identity import TENANT_HEADER, Principal
from kernel.permissions import scopes_of
from router.execution.errors import graphql_error
from router.pipeline.refusal import RequestRefused
from router.planning.api_schema import DirectiveNames
from router.planning.narrowing import Coordinate
from router.planning.selections import Fragment, Selection
from router.planning.supergraph import Supergraph, SupergraphType, TypeKind

#: what an authenticator tells callers by
CALLER_HEADERS: Final = ("authorization", TENANT_HEADER)
_UNAUTHENTICATED: Final = "UNAUTHENTICATED"
_FORBIDDEN: Final = "FORBIDDEN"
_MAX_CALLERS: Final = 256
_ACCESS: Final = frozenset({"authenticated", "requiresScopes", "policy"})
# More ways than these to meet all implementations' demands are not tried; the interface's own demand then stands.
_MAX_COMBINATIONS: Final = 10_000


class Authenticator(Protocol):
    """Finds out who calls; `kernel.identity.TokenVerifier` is one."""

    async def principal_of(self, headers: Mapping[str, str]) -> Principal | None:
        """The caller, or None without a token; raises a DomainError for an invalid one."""
        ...


async def authenticate(authenticator: Authenticator, headers: Mapping[str, str]) -> Principal | None:
    """The caller of a request.

    Raises:
        RequestRefused: 401 for a token that is not valid, 403 for a tenant the caller may not choose.
    """
    try:
        return await authenticator.principal_of(headers)
    except DomainError as error:
        status = 401 if isinstance(error, Unauthenticated) else _STATUS.get(error.code, 400)
        raise RequestRefused([graphql_error(error.message, error.code)], status) from error


_STATUS: Final[Mapping[str, int]] = {"FORBIDDEN": 403, "UNAVAILABLE": 503}


@dataclass(frozen=True, slots=True)
class Requirement:
    """One rule on a type or field: a caller with all scopes of one of the alternatives. No alternative: anyone known.

    `is_impossible` stands for rules this router cannot decide (`@policy`): nobody passes.
    """

    alternatives: frozenset[frozenset[str]] = frozenset()
    is_impossible: bool = False

    def is_met_by(self, scopes: frozenset[str]) -> bool:
        """True when a known caller with these scopes passes."""
        if self.is_impossible:
            return False
        return not self.alternatives or any(needed <= scopes for needed in self.alternatives)


Requirements = frozenset[Requirement]
_NONE: Final[Requirements] = frozenset()


class Denied(dict[Coordinate, str]):
    """The fields one kind of caller may not see, with the error code for each; not changed once it is made."""

    @cached_property
    def key(self) -> "DeniedKey":
        """What tells its plans from those of other callers; made and hashed once, not per request."""
        return frozenset(self.items())


DeniedKey: TypeAlias = frozenset[tuple[Coordinate, str]]
NOTHING_DENIED: Final = Denied()


class AccessRules:
    """The `@authenticated`, `@requiresScopes` and `@policy` rules of a supergraph, per field."""

    def __init__(self, document: DocumentNode, supergraph: Supergraph) -> None:
        self._rules = _RuleReader(document, supergraph).read()
        self._denied: dict[frozenset[str] | None, Denied] = {}

    def denied(self, principal: Principal | None) -> Denied:
        """The fields the caller may not see, with the error code for each."""
        return self.denied_with(scopes_of(principal.roles) if principal is not None else None)

    def callers(self) -> Sequence[tuple[frozenset[str] | None, Denied]]:
        """The scopes of every kind of caller there was lately, None for strangers, with what each may not see."""
        return [*self._denied.items()]

    def denied_with(self, scopes: frozenset[str] | None) -> Denied:
        """The fields that callers with these scopes may not see; None stands for strangers."""
        found = self._denied.get(scopes)
        if found is None:
            if len(self._denied) >= _MAX_CALLERS:
                self._denied.clear()
            found = self._denied[scopes] = self._find_denied(scopes)
        return found

    def _find_denied(self, scopes: frozenset[str] | None) -> Denied:
        if scopes is None:
            return Denied(dict.fromkeys(self._rules, _UNAUTHENTICATED))
        return Denied(
            (coordinate, _FORBIDDEN)
            for coordinate, rules in self._rules.items()
            if not all(rule.is_met_by(scopes) for rule in rules)
        )


class _RuleReader:
    def __init__(self, document: DocumentNode, supergraph: Supergraph) -> None:
        self._supergraph = supergraph
        names = DirectiveNames(document)
        self._authenticated = names.local("authenticated")
        self._scopes = names.local("requiresScopes")
        self._policy = names.local("policy")
        self._types: dict[str, Requirements] = {}
        self._fields: dict[Coordinate, Requirements] = {}
        for node in document.definitions:
            if isinstance(node, TypeDefinitionNode):
                self._types[node.name.value] = self._requirements(node.directives)
                for field in getattr(node, "fields", None) or ():
                    self._fields[node.name.value, field.name.value] = self._requirements(field.directives)
        # Other composers link access for SECURITY, and older ones let interfaces have demands of their own that look
        # like derived ones: what they say of an interface is obeyed as it stands.
        if not names.secured & _ACCESS:
            for known in supergraph.types.values():
                if known.kind is TypeKind.INTERFACE:
                    self._forget_derived(known)

    def _forget_derived(self, interface: SupergraphType) -> None:
        """Drop what the interface demands only because an implementation does: each object is asked for its own.

        A demand that says more than all implementations together is the interface's own and stays.
        """
        implementations = self._supergraph.possible_types(interface.name)
        if _follows(self._types.get(interface.name, _NONE), [self._types.get(name, _NONE) for name in implementations]):
            self._types[interface.name] = _NONE
        for field in interface.fields:
            below = [self._fields.get((name, field), _NONE) for name in implementations]
            if _follows(self._fields.get((interface.name, field), _NONE), below):
                self._fields[interface.name, field] = _NONE

    def read(self) -> Mapping[Coordinate, Requirements]:
        own = {
            (known.name, name): self._own(known, name)
            for known in self._supergraph.types.values()
            for name in known.fields
        }
        return {coordinate: rules for coordinate, rules in self._with_required(own).items() if rules}

    def _with_required(self, own: Mapping[Coordinate, Requirements]) -> Mapping[Coordinate, Requirements]:
        """A field that needs others (`@requires`, `@fromContext`) is as secret as they are, and what they need."""
        computed = [
            (type_name, name)
            for type_name, known in self._supergraph.types.items()
            for name, field in known.fields.items()
            if any(join.requires is not None or join.contexts for join in field.joins.values())
        ]
        complete = dict(own)
        is_growing = True
        while is_growing:
            is_growing = False
            for coordinate in computed:
                rules = complete[coordinate] | self._of_required(coordinate, complete)
                is_growing |= rules != complete[coordinate]
                complete[coordinate] = rules
        return complete

    def _own(self, known: SupergraphType, field_name: str) -> Requirements:
        value_type = known.fields[field_name].type_name
        rules = self._types.get(known.name, _NONE) | self._types.get(value_type, _NONE)
        rules |= self._fields.get((known.name, field_name), _NONE)
        for interface in known.interfaces:
            rules |= self._fields.get((interface, field_name), _NONE)
            if field_name in self._supergraph.types[interface].fields:
                rules |= self._types.get(interface, _NONE)
        return rules

    def _of_required(self, coordinate: Coordinate, own: Mapping[Coordinate, Requirements]) -> Requirements:
        type_name, field_name = coordinate
        rules = _NONE
        for join in self._supergraph.types[type_name].fields[field_name].joins.values():
            if join.requires is not None:
                rules |= self._of_selection(join.requires, type_name, own)
            for argument in join.contexts:
                for setter in self._setters(argument.context):
                    rules |= self._of_selection(argument.selection, setter, own)
        return rules

    def _setters(self, context: str) -> Iterator[str]:
        for name, known in self._supergraph.types.items():
            if known.kind is TypeKind.OBJECT and self._supergraph.sets_context(context, name):
                yield name

    def _of_selection(
        self, selection: Selection, type_name: str, own: Mapping[Coordinate, Requirements]
    ) -> Requirements:
        rules = _NONE
        for item in selection.items:
            if isinstance(item, Fragment):
                rules |= self._of_selection(item.selection, item.type_condition or type_name, own)
                continue
            for holder in {type_name, *self._supergraph.possible_types(type_name)}:
                rules |= own.get((holder, item.name), _NONE)
            if item.selection is not None:
                value_type = self._supergraph.field(type_name, item.name).type_name
                rules |= self._of_selection(item.selection, value_type, own)
        return rules

    def _requirements(self, uses: Iterable[ConstDirectiveNode] | None) -> Requirements:
        found: set[Requirement] = set()
        for use in uses or ():
            if use.name.value == self._authenticated:
                found.add(Requirement())
            elif use.name.value == self._policy:
                found.add(Requirement(is_impossible=True))
            elif use.name.value == self._scopes:
                found.add(Requirement(_alternatives(use)))
        return frozenset(found)


def _follows(demand: Requirements, others: Sequence[Requirements]) -> bool:
    """Whether whoever meets all of the others meets the demand."""
    together = frozenset[Requirement]().union(*others)
    if demand <= together:
        return True
    choices = [rule.alternatives for rule in together if rule.alternatives]
    if not together or prod(map(len, choices)) > _MAX_COMBINATIONS:
        return False
    callers = [frozenset[str]().union(*chosen) for chosen in product(*choices)]
    return all(rule.is_met_by(scopes) for rule in demand - together for scopes in callers)


def _alternatives(use: ConstDirectiveNode) -> frozenset[frozenset[str]]:
    outer = [item for argument in use.arguments or () for item in _items(argument.value)]
    return frozenset(
        frozenset(value.value for value in _items(inner) if isinstance(value, StringValueNode)) for inner in outer
    )


def _items(node: ValueNode) -> tuple[ValueNode, ...]:
    if isinstance(node, ListValueNode):
        return tuple(node.values)
    # GraphQL lets a single value stand for a list of one
    return (node,)
