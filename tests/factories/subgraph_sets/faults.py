"""Faults to plant in subgraphs that fit together: each changes the drafts and says whether it found a place."""

from collections.abc import Callable, Iterator
from random import Random

from tests.factories.subgraph_sets.decorations import decorate_carelessly
from tests.factories.subgraph_sets.draft import Draft, Member, SubgraphDraft, Use
from tests.factories.subgraph_sets.moving_fields import borrowable

Drafts = list[SubgraphDraft]
Fault = Callable[[Drafts, Random], bool]
Place = tuple[SubgraphDraft, Draft, Member]


def _fields(drafts: Drafts, *keywords: str) -> list[Place]:
    return [
        (draft, type_, member)
        for draft in drafts
        for type_ in draft.types.values()
        if type_.keyword in (keywords or ("type",))
        for member in type_.members.values()
    ]


def _one(places: list[Place], rng: Random) -> Iterator[Place]:
    if places:
        yield rng.choice(places)


def _using(drafts: Drafts, directive: str, rng: Random) -> Iterator[tuple[Draft | Member, Use]]:
    found: list[tuple[Draft | Member, Use]] = []
    for draft in drafts:
        for type_ in draft.types.values():
            found.extend((holder, use) for holder in (type_, *type_.members.values()) for use in holder.uses)
    if chosen := [(holder, use) for holder, use in found if use.name == directive]:
        yield rng.choice(chosen)


def _add(places: list[Place], use: Use, rng: Random) -> bool:
    for _, _, member in _one(places, rng):
        member.uses.append(use)
        return True
    return False


def _shared(drafts: Drafts, keyword: str) -> list[Place]:
    """Members that more than one subgraph declares."""
    counts: dict[tuple[str, str], int] = {}
    for _, type_, member in _fields(drafts, keyword):
        counts[type_.name, member.name] = counts.get((type_.name, member.name), 0) + 1
    return [place for place in _fields(drafts, keyword) if counts[place[1].name, place[2].name] > 1]


def missing_shareable(drafts: Drafts, rng: Random) -> bool:
    for holder, _ in _using(drafts, "shareable", rng):
        holder.drop("shareable")
        return True
    return False


def field_declared_twice(drafts: Drafts, rng: Random) -> bool:
    for _, _, mine, member in borrowable(drafts, rng)[:1]:
        mine.members[member.name] = Member(member.name, member.type)
        return True
    return False


def other_field_type(drafts: Drafts, rng: Random) -> bool:
    for _, _, member in _one(_shared(drafts, "type"), rng):
        member.type = rng.choice(("Int", "String!", "[ID]", f"[{member.type}]"))
        return True
    return False


def other_interface_field_type(drafts: Drafts, rng: Random) -> bool:
    for _, _, member in _one(_fields(drafts, "interface"), rng):
        member.type = rng.choice(("Int", "String", "[ID]", f"{member.type.rstrip('!')}!"))
        return True
    return False


def field_missing_in_implementation(drafts: Drafts, rng: Random) -> bool:
    for draft, type_, _ in _one(_fields(drafts, "interface"), rng):
        type_.members["extra"] = Member("extra", "Int")
        for implementation in draft.composites():
            if type_.name in implementation.interfaces and rng.random() < 0.7:
                implementation.members["extra"] = Member("extra", "Int")
        return True
    return False


def other_kind(drafts: Drafts, rng: Random) -> bool:
    target, other = rng.choice((("Kind", "scalar"), ("Date", "enum"), ("Money", "interface"), ("Thing", "type")))
    for draft in drafts:
        if target in draft.types:
            members = {"ONE": Member("ONE")} if other == "enum" else {"amount": Member("amount", "Int!")}
            draft.types[target] = Draft(other, target, {} if other == "scalar" else members)
            return True
    return False


def unused_external(drafts: Drafts, rng: Random) -> bool:
    for _, _, mine, member in borrowable(drafts, rng)[:1]:
        mine.members[member.name] = Member(member.name, member.type, uses=[Use("external")])
        return True
    return False


def external_everywhere(drafts: Drafts, rng: Random) -> bool:
    return _add(_fields(drafts), Use("external"), rng)


def external_of_other_type(drafts: Drafts, rng: Random) -> bool:
    places = [place for place in _fields(drafts) if place[2].has("external")]
    for _, _, member in _one(places, rng):
        member.type = rng.choice(("Int", "String", f"[{member.type}]", f"{member.type.rstrip('!')}!"))
        return True
    return False


def external_with_other_arguments(drafts: Drafts, rng: Random) -> bool:
    places = [place for place in _fields(drafts) if place[2].has("external")]
    for _, type_, member in _one(places, rng):
        for _, other_type, other in _fields(drafts):
            if (other_type.name, other.name) == (type_.name, member.name) and rng.random() < 0.6:
                other.arguments["unit"] = Member("unit", rng.choice(("Int", "String")), default="")
        return True
    return False


def no_key(drafts: Drafts, rng: Random) -> bool:
    for holder, _ in _using(drafts, "key", rng):
        holder.drop("key")
        return True
    return False


def key_without_id(drafts: Drafts, rng: Random) -> bool:
    for _, use in _using(drafts, "key", rng):
        use.arguments = 'fields: "sku"'
        return True
    return False


def every_extension(drafts: Drafts, rng: Random) -> bool:
    for draft, type_, _ in _one(_fields(drafts), rng):
        type_.is_extension = True
        for other in drafts:
            if other is not draft and type_.name in other.types and rng.random() < 0.7:
                other.types[type_.name].is_extension = True
        return True
    return False


def member_of_others_only(drafts: Drafts, rng: Random) -> bool:
    for _, type_, member in _one(_fields(drafts, "enum", "input", "union"), rng):
        if len(type_.members) > 1:
            type_.members.pop(member.name)
            return True
    return False


def key_not_resolvable(drafts: Drafts, rng: Random) -> bool:
    for _, use in _using(drafts, "key", rng):
        use.arguments = use.arguments.split(",")[0] + ", resolvable: false"
        return True
    return False


_BROKEN_SETS = (
    '"nothing"', '"id {"', '""', '"id { x }"', "12", '"other: id"', '"id @include(if: true)"',
    '"... on Money { amount }"',
    '"__typename"', '"... { id }"', '"id id"', '["id"]', '"id(a: 1)"',
)  # fmt: skip


def _broken_set(drafts: Drafts, directive: str, rng: Random) -> bool:
    for _, use in _using(drafts, directive, rng):
        use.arguments = f"fields: {rng.choice(_BROKEN_SETS)}"
        return True
    return False


def broken_key(drafts: Drafts, rng: Random) -> bool:
    return _broken_set(drafts, "key", rng)


def broken_requires(drafts: Drafts, rng: Random) -> bool:
    return _broken_set(drafts, "requires", rng)


def broken_provides(drafts: Drafts, rng: Random) -> bool:
    return _broken_set(drafts, "provides", rng)


def key_of_any_field(drafts: Drafts, rng: Random) -> bool:
    places = [place for place in _fields(drafts) if place[1].has("key")]
    for _, type_, member in _one(places, rng):
        type_.uses.append(Use("key", f'fields: "{member.name}"'))
        return True
    return False


def requires_own_field(drafts: Drafts, rng: Random) -> bool:
    for _, type_, member in _one(_fields(drafts, "type", "interface"), rng):
        other = rng.choice(list(type_.members))
        member.uses.append(Use("requires", f'fields: "{other}"'))
        return True
    return False


def requires_an_external_of_nobody(drafts: Drafts, rng: Random) -> bool:
    places = [place for place in _fields(drafts) if place[1].has("key")]
    for _, type_, _ in _one(places, rng):
        type_.members["lost"] = Member("lost", "Int", uses=[Use("external")])
        type_.members["found"] = Member("found", "Int", uses=[Use("requires", 'fields: "lost"')])
        return True
    return False


def provides_own_field(drafts: Drafts, rng: Random) -> bool:
    for draft, _, member in _one(_fields(drafts, "type", "interface"), rng):
        target = draft.types.get(member.type.strip("[]!"))
        chosen = rng.choice(list(target.members)) if target and target.members else "id"
        member.uses.append(Use("provides", f'fields: "{chosen}"'))
        return True
    return False


def override_of_self_or_the_first(drafts: Drafts, rng: Random) -> bool:
    for draft, _, member in _one(_fields(drafts, "type", "interface"), rng):
        member.uses.append(Use("override", f'from: "{rng.choice((draft.name, drafts[0].name))}"'))
        return True
    return False


def override_twice(drafts: Drafts, rng: Random) -> bool:
    for draft, type_, member in _one(_shared(drafts, "type"), rng):
        for other, other_type, same in _fields(drafts):
            if (other_type.name, same.name) == (type_.name, member.name) and other is not draft:
                same.uses.append(Use("override", f'from: "{draft.name}"'))
        return True
    return False


def bad_label(drafts: Drafts, rng: Random) -> bool:
    for _, use in _using(drafts, "override", rng):
        label = rng.choice(("percent(101)", "percent(-1)", "1x", "", "a b", "percent(1.123456789)", "percent(.5)"))
        use.arguments = f'{use.arguments.split(",")[0]}, label: "{label}"'
        return True
    return False


def inaccessible_somewhere(drafts: Drafts, rng: Random) -> bool:
    draft = rng.choice(drafts)
    type_ = rng.choice(list(draft.types.values()) or [Draft("type", "None")])
    type_.uses.append(Use("inaccessible"))
    return True


def inaccessible_member(drafts: Drafts, rng: Random) -> bool:
    return _add(_fields(drafts, "type", "interface", "input", "enum"), Use("inaccessible"), rng)


def inaccessible_argument(drafts: Drafts, rng: Random) -> bool:
    places = [place for place in _fields(drafts, "type", "interface") if place[2].arguments]
    for _, _, member in _one(places, rng):
        rng.choice(list(member.arguments.values())).uses.append(Use("inaccessible"))
        return True
    return False


def enum_value_of_one(drafts: Drafts, rng: Random) -> bool:
    for _, type_, _ in _one(_fields(drafts, "enum"), rng):
        type_.members["FOUR"] = Member("FOUR")
        return True
    return False


def nothing_in_common(drafts: Drafts, rng: Random) -> bool:
    name = rng.choice(("Kind", "Filter"))
    for draft in drafts:
        if name in draft.types:
            typed = "" if name == "Kind" else "Int"
            draft.types[name].members = {"other": Member("other", typed)}
            return True
    return False


def required_argument_of_one(drafts: Drafts, rng: Random) -> bool:
    for _, _, member in _one(_shared(drafts, "type"), rng):
        member.arguments["must"] = Member("must", rng.choice(("Int!", "Int", "Filter")))
        return True
    return False


def required_input_field_of_one(drafts: Drafts, rng: Random) -> bool:
    for _, type_, _ in _one(_fields(drafts, "input"), rng):
        type_.members["must"] = Member("must", rng.choice(("Int!", "Int")), default=rng.choice(("", "1")))
        return True
    return False


def other_argument(drafts: Drafts, rng: Random) -> bool:
    places = [place for place in _fields(drafts, "type", "interface") if place[2].arguments]
    for _, _, member in _one(places, rng):
        argument = rng.choice(list(member.arguments.values()))
        argument.type = rng.choice((argument.type, "Int", "String", f"{argument.type.rstrip('!')}!"))
        argument.default = rng.choice(("", "3", "null", '"x"'))
        return True
    return False


def other_input_field(drafts: Drafts, rng: Random) -> bool:
    for _, _, member in _one(_fields(drafts, "input"), rng):
        member.type = rng.choice((member.type, "Int", "String", f"{member.type.rstrip('!')}!"))
        member.default = rng.choice(("", "3", "null"))
        return True
    return False


def shareable_in_the_wrong_place(drafts: Drafts, rng: Random) -> bool:
    return _add(_fields(drafts, "interface"), Use("shareable"), rng)


def external_on_an_interface(drafts: Drafts, rng: Random) -> bool:
    return _add(_fields(drafts, "interface"), Use("external"), rng)


def extension_of_nothing(drafts: Drafts, rng: Random) -> bool:
    draft = rng.choice(drafts)
    draft.types["Alone"] = Draft("type", "Alone", {"a": Member("a", "Int")}, is_extension=True)
    return True


def unknown_type(drafts: Drafts, rng: Random) -> bool:
    for _, _, member in _one(_fields(drafts, "type", "input"), rng):
        member.type = rng.choice(("Nobody", "Filter", "Money!"))
        return True
    return False


def no_queries(drafts: Drafts, rng: Random) -> bool:
    for draft in rng.sample(drafts, rng.randint(1, len(drafts))):
        draft.types.pop("Query", None)
        draft.roots = {}
    return True


def second_query_type(drafts: Drafts, rng: Random) -> bool:
    draft = rng.choice(drafts)
    draft.roots = {"query": "RootQuery"}
    draft.extra.append("type Query { other: Int }")
    return "Query" in draft.types


def reserved_name(drafts: Drafts, rng: Random) -> bool:
    rng.choice(drafts).name = rng.choice(("_", "accounts", "1a", "a-b", "A"))
    return True


def implementation_forgotten(drafts: Drafts, rng: Random) -> bool:
    for draft in drafts:
        if "Media" in draft.types and draft.types["Media"].keyword == "interface":
            draft.types.pop(rng.choice(("Book", "Film")), None)
            return True
    return False


def interface_object_besides_implementation(drafts: Drafts, rng: Random) -> bool:
    for draft in drafts:
        if draft.types.get("Media", Draft("", "")).has("interfaceObject"):
            chosen = rng.random()
            if chosen < 0.4:
                draft.types["Book"] = Draft(
                    "type", "Book", {"id": Member("id", "ID!")}, uses=[Use("key", 'fields: "id"')]
                )
            else:
                draft.types["Media"].drop("interfaceObject" if chosen < 0.7 else "key")
            return True
    return False


def key_of_the_interface_only(drafts: Drafts, rng: Random) -> bool:
    for draft in drafts:
        if "Media" in draft.types and draft.types["Media"].keyword == "interface" and "Book" in draft.types:
            draft.types[rng.choice(("Book", "Media"))].drop("key")
            return True
    return False


def shared_subscription(drafts: Drafts, rng: Random) -> bool:
    for draft in rng.sample(drafts, 2):
        draft.types["Subscription"] = Draft("type", "Subscription", {"s": Member("s", "Int", uses=[Use("shareable")])})
    return True


FAULTS: tuple[Fault, ...] = (
    missing_shareable, field_declared_twice, other_field_type, other_interface_field_type,
    field_missing_in_implementation, other_kind, unused_external, external_everywhere, external_of_other_type,
    external_with_other_arguments, no_key, key_not_resolvable, broken_key, broken_requires, broken_provides,
    key_of_any_field, requires_own_field, requires_an_external_of_nobody, provides_own_field,
    override_of_self_or_the_first, override_twice, bad_label, inaccessible_somewhere, inaccessible_member,
    inaccessible_argument, enum_value_of_one, nothing_in_common, required_argument_of_one,
    required_input_field_of_one, other_argument, other_input_field, shareable_in_the_wrong_place,
    external_on_an_interface, extension_of_nothing, unknown_type, no_queries, second_query_type, reserved_name,
    key_without_id, every_extension, member_of_others_only, decorate_carelessly, decorate_carelessly,
    implementation_forgotten, interface_object_besides_implementation, key_of_the_interface_only, shared_subscription,
)  # fmt: skip
