"""One type out of several: the most general for what is given out, the most specific for what is taken in.

It is always one of the given: `[Int!]` and `[Int]!` do not merge, though `[Int]` would hold what both give out.
"""

from collections.abc import Callable, Sequence

from graphql.language import ListTypeNode, NonNullTypeNode, TypeNode

from router.composition.subgraph_set import SubgraphSet
from router.composition.type_references import named_type

IsSubtype = Callable[[str, str], bool]


def most_general_output(types: Sequence[TypeNode], subgraphs: SubgraphSet) -> TypeNode | None:
    """The one of these that all are subtypes of, or None when they do not fit together."""
    return next(
        (wide for wide in types if all(_is_subtype(narrow, wide, subgraphs.is_subtype) for narrow in types)), None
    )


def most_specific_input(types: Sequence[TypeNode]) -> TypeNode | None:
    """The one of these whose every value suits each of them, or None when there is none."""
    return next((narrow for narrow in types if all(_is_subtype(narrow, wide, _is_same) for wide in types)), None)


def _is_subtype(narrow: TypeNode, wide: TypeNode, names: IsSubtype) -> bool:
    if isinstance(narrow, NonNullTypeNode):
        return _is_subtype(narrow.type, wide.type if isinstance(wide, NonNullTypeNode) else wide, names)
    if isinstance(narrow, ListTypeNode):
        return isinstance(wide, ListTypeNode) and _is_subtype(narrow.type, wide.type, names)
    return not isinstance(wide, ListTypeNode | NonNullTypeNode) and names(named_type(narrow), named_type(wide))


def _is_same(one: str, other: str) -> bool:
    return one == other
