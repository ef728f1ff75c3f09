"""Fields that depend on another subgraph's: required, provided, or taken over."""

from collections.abc import Iterator
from random import Random

from tests.factories.subgraph_sets.draft import Draft, Member, SubgraphDraft, Use

_LABELS_SINCE = 7
Borrowed = tuple[SubgraphDraft, SubgraphDraft, Draft, Member]


def borrowable(subgraphs: list[SubgraphDraft], rng: Random) -> list[Borrowed]:
    """Who could borrow which plain field of an entity from whom, in random order."""
    found = list(_borrowable(subgraphs))
    rng.shuffle(found)
    return found


def _borrowable(subgraphs: list[SubgraphDraft]) -> Iterator[Borrowed]:
    for borrower in subgraphs:
        for owner in subgraphs:
            if owner is borrower:
                continue
            for type_ in owner.composites():
                mine = borrower.types.get(type_.name)
                if mine is None or not _can_borrow(mine) or not type_.has("key"):
                    continue
                for member in type_.members.values():
                    is_plain = not member.uses and not member.arguments
                    if member.name not in mine.members and is_plain and _is_known(member.type, borrower):
                        yield borrower, owner, mine, member


def _can_borrow(mine: Draft) -> bool:
    keys = [use for use in mine.uses if use.name == "key" and "resolvable" not in use.arguments]
    return bool(keys) and mine.keyword == "type" and not mine.has("interfaceObject")


def _is_known(text: str, subgraph: SubgraphDraft) -> bool:
    name = text.strip("[]!")
    known = subgraph.types.get(name)
    return name in ("Int", "String", "Float", "Boolean", "ID") or (
        known is not None and known.keyword in ("enum", "scalar", "type")
    )


def field_set(subgraph: SubgraphDraft, member: Member, rng: Random) -> str:
    """The member as a field set, with a leaf below it when it has one to select."""
    target = subgraph.types.get(member.type.strip("[]!"))
    if target is None or target.keyword != "type":
        return member.name
    leaves = [item.name for item in target.members.values() if not subgraph.types.get(item.type.strip("[]!"))]
    return f"{member.name} {{ {rng.choice(leaves or ['__typename'])} }}"


def add_requires(subgraphs: list[SubgraphDraft], rng: Random) -> None:
    """Computed fields that need one or two borrowed ones."""
    for borrower, _, mine, member in borrowable(subgraphs, rng)[: rng.choice((1, 2))]:
        mine.members[member.name] = Member(member.name, member.type, uses=[Use("external")])
        uses = [Use("requires", f'fields: "{field_set(borrower, member, rng)}"')]
        name = f"{borrower.name}{member.name}"
        mine.members[name] = Member(name, "String", uses=uses)


def add_provides(subgraphs: list[SubgraphDraft], rng: Random) -> None:
    """Root fields that promise a borrowed field."""
    for borrower, owner, mine, member in borrowable(subgraphs, rng)[:1]:
        owner.types[mine.name].members[member.name].uses.append(Use("shareable"))
        mine.members[member.name] = Member(member.name, member.type, uses=[Use("external")])
        query = borrower.types.setdefault("Query", Draft("type", "Query"))
        name = f"{borrower.name}Provided"
        uses = [Use("provides", f'fields: "{field_set(borrower, member, rng)}"')]
        query.members[name] = Member(name, rng.choice((mine.name, f"[{mine.name}!]")), uses=uses)


def add_overrides(subgraphs: list[SubgraphDraft], rng: Random) -> None:
    """Fields on their way from one subgraph to another, all at once or in part."""
    for borrower, owner, mine, member in borrowable(subgraphs, rng)[: rng.choice((1, 2))]:
        label = ""
        if borrower.minor is not None and borrower.minor >= _LABELS_SINCE and rng.random() < 0.4:
            label = f', label: "{rng.choice(("percent(25)", "percent(0.5)", "beta"))}"'
        is_moving = any(_is_overridden(draft, mine.name, member.name) for draft in subgraphs)
        if borrower.minor is not None and not is_moving:
            uses = [Use("override", f'from: "{owner.name}"{label}')]
            mine.members[member.name] = Member(member.name, member.type, uses=uses)


def _is_overridden(draft: SubgraphDraft, type_name: str, name: str) -> bool:
    type_ = draft.types.get(type_name)
    return type_ is not None and name in type_.members and type_.members[name].has("override")
