"""One element's metadata out of several subgraphs'."""

from collections import Counter
from collections.abc import Sequence
from itertools import product

from router.composition.subgraph import Access, ComposedApplication, ListSize, Metadata

Alternatives = tuple[tuple[str, ...], ...]


def merge_metadata(parts: Sequence[Metadata]) -> Metadata:
    """The metadata an element has when these subgraphs declare it."""
    weights = [part.cost_weight for part in parts if part.cost_weight is not None]
    return Metadata(
        description=most_frequent([part.description for part in parts]),
        deprecation_reason=_most_frequent_given([part.deprecation_reason for part in parts]),
        is_inaccessible=any(part.is_inaccessible for part in parts),
        tags=tuple(sorted({tag for part in parts for tag in part.tags})),
        access=merge_access([part.access for part in parts]),
        cost_weight=max(weights, default=None),
        list_size=_merge_list_sizes([part.list_size for part in parts if part.list_size]),
        composed=_merge_composed(parts),
    )


def _merge_composed(parts: Sequence[Metadata]) -> tuple[ComposedApplication, ...]:
    kept: dict[ComposedApplication | str, ComposedApplication] = {}
    for part in parts:
        for applied in part.composed:
            kept.setdefault(applied if applied.is_repeatable else applied.name, applied)
    return tuple(kept.values())


def most_frequent(texts: Sequence[str | None]) -> str | None:
    """The text most subgraphs give; between equals the one of the subgraph first by name. An empty one is none."""
    return _most_frequent_given([text or None for text in texts])


def _most_frequent_given(texts: Sequence[str | None]) -> str | None:
    counts = Counter(text for text in texts if text is not None)
    return max(counts, key=lambda text: counts[text]) if counts else None


def merge_access(parts: Sequence[Access]) -> Access:
    """Each subgraph's demand holds: what one of them guards must not be open through the merged field."""
    return Access(
        is_authenticated=any(part.is_authenticated for part in parts),
        scopes=_conjunction([part.scopes for part in parts if part.scopes is not None]),
        policies=_conjunction([part.policies for part in parts if part.policies is not None]),
    )


def _conjunction(demands: Sequence[Alternatives]) -> Alternatives | None:
    if not demands:
        return None
    # No alternative asks for a known caller only, which every other demand does as well.
    distinct = list(dict.fromkeys(tuple(sorted(frozenset(demand))) for demand in demands if demand))
    if not distinct:
        return ()
    combined = {frozenset(name for choice in choices for name in choice) for choices in product(*distinct)}
    minimal = {needed for needed in combined if not any(other < needed for other in combined)}
    return tuple(sorted(tuple(sorted(needed)) for needed in minimal))


def _merge_list_sizes(parts: Sequence[ListSize]) -> ListSize | None:
    if not parts:
        return None
    assumed = [part.assumed_size for part in parts if part.assumed_size is not None]
    return ListSize(
        max(assumed, default=None),
        _union([part.slicing_arguments for part in parts]),
        _union([part.sized_fields for part in parts]),
        all(part.requires_one_slicing_argument for part in parts),
    )


def _union(lists: Sequence[tuple[str, ...] | None]) -> tuple[str, ...] | None:
    given = [names for names in lists if names is not None]
    return tuple(dict.fromkeys(name for names in given for name in names)) if given else None
