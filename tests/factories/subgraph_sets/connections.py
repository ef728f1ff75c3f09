"""Lists behind a page, and how long they may be."""

from random import Random

from tests.factories.subgraph_sets.draft import Draft, Member, SubgraphDraft, Use

_SIZES = (
    'slicingArguments: ["first"], sizedFields: ["nodes"]',
    'slicingArguments: ["first", "last"], sizedFields: ["nodes", "names"]',
    'slicingArguments: ["first", "last"], sizedFields: ["nodes"], requireOneSlicingArgument: false',
    'assumedSize: 20, sizedFields: ["names"], requireOneSlicingArgument: true',
    'assumedSize: 20, slicingArguments: ["last"], sizedFields: ["nodes"]',
)


def add_connection(subgraphs: list[SubgraphDraft], rng: Random) -> None:
    """A page of nodes in one or two subgraphs, each with its own idea of the length."""
    chosen = rng.sample(subgraphs, rng.choice((1, 1, 2)))
    for draft in chosen:
        shared = [Use("shareable")] * (len(chosen) > 1)
        nodes = {
            name: Member(name, type_, uses=list(shared)) for name, type_ in (("nodes", "[Node]"), ("names", "[ID]"))
        }
        draft.types["Page"] = Draft("type", "Page", nodes)
        draft.types["Node"] = Draft("type", "Node", {"label": Member("label", "String", uses=list(shared))})
        arguments = {name: Member(name, "Int") for name in ("first", "last")}
        query = draft.types.setdefault("Query", Draft("type", "Query"))
        query.members["page"] = Member("page", "Page", arguments, uses=[*shared, Use("listSize", rng.choice(_SIZES))])
