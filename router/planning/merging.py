"""Passes over the fetch graph: fetches that can be one become one."""

from collections.abc import Mapping
from math import inf

from router.planning.fetch_graph import FetchDraft, FetchGraph


def merge_fetches(graph: FetchGraph) -> None:
    """Merge fetches to one subgraph for the same objects until nothing changes.

    Only fetches that do not wait for each other are merged, and only where nobody waits longer for it.
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
    needed_at = _needed_at(graph, levels)
    for same in several:
        for index, later in enumerate(same):
            for earlier in same[:index]:
                if earlier in ancestors[later] or later in ancestors[earlier] or not earlier.can_absorb(later):
                    continue
                first, second = sorted((earlier, later), key=levels.__getitem__)
                if needed_at[first] > levels[second]:
                    graph.merge(second, first)
                    return True
    return False


def _needed_at(graph: FetchGraph, levels: Mapping[FetchDraft, int]) -> dict[FetchDraft, float]:
    """The level of the first fetch that waits for each."""
    needed: dict[FetchDraft, float] = dict.fromkeys(graph.drafts, inf)
    for draft in graph.drafts:
        for parent in draft.parents:
            needed[parent] = min(needed[parent], levels[draft])
    return needed


def _ancestors(graph: FetchGraph) -> dict[FetchDraft, set[FetchDraft]]:
    ancestors: dict[FetchDraft, set[FetchDraft]] = {}
    for draft in graph.in_order():
        ancestors[draft] = set(draft.parents).union(*(ancestors[parent] for parent in draft.parents))
    return ancestors


def batches(graph: FetchGraph) -> list[list[FetchDraft]]:
    """Fetches that travel in one request, parents first: entity look-ups of one subgraph at the same level.

    Those with contexts travel with others that are filled from the same objects: with a request for each of the values.
    Early ones wait for later ones where nobody waits longer for it.
    """
    levels = graph.levels()
    look_ups: dict[object, dict[int, list[FetchDraft]]] = {}
    alone: list[list[FetchDraft]] = []
    for draft in graph.in_order():
        if draft.kind == "entities":
            destination = (draft.subgraph, frozenset(draft.contexts))
            look_ups.setdefault(destination, {}).setdefault(levels[draft], []).append(draft)
        else:
            alone.append([draft])
    _postpone(look_ups, levels, graph)
    order = {draft: index for index, draft in enumerate(graph.in_order())}
    together = [sorted(batch, key=order.__getitem__) for same in look_ups.values() for batch in same.values()]
    return sorted([*alone, *together], key=lambda batch: (levels[batch[0]], order[batch[0]]))


def _postpone(
    look_ups: Mapping[object, dict[int, list[FetchDraft]]], levels: dict[FetchDraft, int], graph: FetchGraph
) -> None:
    """Let early look-ups travel with the next of their subgraph if they are not needed before; the last ones first."""
    children: dict[FetchDraft, list[FetchDraft]] = {draft: [] for draft in graph.drafts}
    for draft in graph.drafts:
        for parent in draft.parents:
            children[parent].append(draft)
    groups = [(level, same) for same in look_ups.values() if len(same) > 1 for level in same]
    for level, same in sorted(groups, key=lambda group: -group[0]):
        following = min((other for other in same if other > level), default=None)
        needed = min((levels[child] for draft in same[level] for child in children[draft]), default=inf)
        if following is not None and following < needed:
            levels.update(dict.fromkeys(same[level], following))
            same[following] += same.pop(level)
