"""Random `@defer` in an operation."""

from dataclasses import replace
from random import Random
from typing import Any

from graphql import (
    DirectiveNode,
    DocumentNode,
    FragmentSpreadNode,
    GraphQLSchema,
    InlineFragmentNode,
    SelectionSetNode,
    TypeInfo,
    TypeInfoVisitor,
    parse,
    print_ast,
)
from graphql.language import Visitor, visit

_CONDITIONS = ("", "", "", "(if: $yes)", "(if: $no)", "(if: $usual)", "(if: true)")


def deferring(query: str, schema: GraphQLSchema, rng: Random) -> str:
    """The operation with some of its selections deferred; no mutations, which the specification forbids to defer."""
    document = parse(query, no_location=True)
    types = TypeInfo(schema)
    found: DocumentNode = visit(document, TypeInfoVisitor(types, _Deferring(rng, schema, types)))
    return _declaring(print_ast(found))


def _declaring(query: str) -> str:
    """The operation declares the variables of the conditions, too."""
    head, brace, body = query.partition("{")
    kinds = {"yes": "Boolean!", "no": "Boolean!", "usual": "Boolean = true"}
    new = [f"${name}: {kind}" for name, kind in kinds.items() if f"${name}" in body and f"${name}:" not in head]
    declared = head.strip().removesuffix(")")
    if not new:
        return query
    return f"{declared}{', ' if '(' in declared else '('}{', '.join(new)}) {brace}{body}"


class _Deferring(Visitor):
    def __init__(self, rng: Random, schema: GraphQLSchema, types: TypeInfo) -> None:
        super().__init__()
        self._rng = rng
        self._schema = schema
        self._types = types
        self._labels = 0

    def leave_inline_fragment(self, node: InlineFragmentNode, *_: Any) -> InlineFragmentNode | None:
        return replace(node, directives=(*(node.directives or ()), self._defer())) if self._is_chosen(0.3) else None

    def leave_fragment_spread(self, node: FragmentSpreadNode, *_: Any) -> FragmentSpreadNode | None:
        return replace(node, directives=(*(node.directives or ()), self._defer())) if self._is_chosen(0.3) else None

    def leave_selection_set(self, node: SelectionSetNode, *_: Any) -> SelectionSetNode | None:
        """The last selections may come later."""
        if not self._is_chosen(0.2):
            return None
        first = self._rng.randrange(len(node.selections))
        later = SelectionSetNode(selections=node.selections[first:])
        fragment = InlineFragmentNode(type_condition=None, directives=(self._defer(),), selection_set=later)
        return SelectionSetNode(selections=(*node.selections[:first], fragment))

    def _is_chosen(self, share: float) -> bool:
        return self._types.get_parent_type() is not self._schema.mutation_type and self._rng.random() < share

    def _defer(self) -> DirectiveNode:
        self._labels += 1
        condition = self._rng.choice(_CONDITIONS)
        arguments = condition or ("" if self._rng.random() < 0.5 else f'(label: "later {self._labels}")')
        field = parse(f"{{ f @defer{arguments} }}", no_location=True).definitions[0].selection_set.selections[0]
        return field.directives[0]
