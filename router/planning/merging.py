"""Passes over the fetch graph: fetches that can be one become one."""

from router.planning.fetch_graph import FetchDraft, FetchGraph


def merge_fetches(graph: FetchGraph) -> None:
    """Merge fetches to one subgraph for the same objects until nothing changes.

    Only fetches that do not wait for each other are merged, and only where nobody waits longer for it: at equal
    levels, or when nothing follows the earlier one.
    """
    graph.merge_twins()
    while _merge_once(graph):
        pass


def _merge_once(graph: FetchGraph) -> bool:
    groups: dict[object, list[FetchDraft]] = {}
    for draft in graph.drafts:
        groups.setdefault((draft.subgraph, draft.kind, draft.path), []).append(draft)
    several = [same for same in groups.values() if len(same) > 1]
    if not several:
        return False
    levels = graph.levels()
    ancestors = _ancestors(graph)
    has_children = {parent for draft in graph.drafts for parent in draft.parents}
    for same in several:
        for index, later in enumerate(same):
            for earlier in same[:index]:
                if earlier in ancestors[later] or later in ancestors[earlier] or not earlier.can_absorb(later):
                    continue
                first, second = sorted((earlier, later), key=levels.__getitem__)
                if levels[first] == levels[second] or first not in has_children:
                    graph.merge(second, first)
                    return True
    return False


def _ancestors(graph: FetchGraph) -> dict[FetchDraft, set[FetchDraft]]:
    ancestors: dict[FetchDraft, set[FetchDraft]] = {}
    for draft in graph.in_order():
        ancestors[draft] = set(draft.parents).union(*(ancestors[parent] for parent in draft.parents))
    return ancestors


def batches(graph: FetchGraph) -> list[list[FetchDraft]]:
    """Fetches that travel in one request: entity look-ups of one subgraph at the same level; parents first."""
    levels = graph.levels()
    groups: dict[tuple[int, str, object], list[FetchDraft]] = {}
    for draft in graph.in_order():
        alone = None if draft.kind == "entities" and not draft.contexts else draft
        groups.setdefault((levels[draft], draft.subgraph, alone), []).append(draft)
    return [groups[key] for key in sorted(groups, key=lambda key: key[0])]
