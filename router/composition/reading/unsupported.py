"""Refusing what the federation specification offers and this composition does not do."""

from graphql.language import DirectiveNode, DocumentNode, Visitor, visit

from router.composition.errors import CompositionError, CompositionFailed, ErrorCode
from router.composition.federation_specification import UNSUPPORTED_DIRECTIVES
from router.composition.links import LinkedNames


class _Collector(Visitor):
    """Collects the canonical names of unsupported directives in use."""

    def __init__(self, names: LinkedNames) -> None:
        super().__init__()
        self._names = names
        self.found: set[str] = set()

    def enter_directive(self, node: DirectiveNode, *_: object) -> None:
        """Note the directive when it is one of them."""
        canonical = self._names.directives.get(node.name.value)
        if canonical in UNSUPPORTED_DIRECTIVES:
            self.found.add(canonical)


def refuse_unsupported_directives(document: DocumentNode, names: LinkedNames, subgraph: str) -> None:
    """Refuse a subgraph that relies on a directive whose meaning would be lost.

    Raises:
        CompositionFailed: with UNSUPPORTED_FEATURE for each.
    """
    collector = _Collector(names)
    visit(document, collector)
    if collector.found:
        raise CompositionFailed(
            tuple(
                CompositionError(
                    ErrorCode.UNSUPPORTED_FEATURE,
                    f"@{name} is not supported; composing without it would change what the subgraph means",
                    f"@{name}",
                    (subgraph,),
                )
                for name in sorted(collector.found)
            )
        )
