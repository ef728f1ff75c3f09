"""Directives of the subgraphs' own that reach the supergraph."""

from random import Random

from tests.factories.subgraph_sets.draft import SubgraphDraft, Use

_PLACES = "OBJECT | FIELD_DEFINITION | ENUM_VALUE | ARGUMENT_DEFINITION | INPUT_FIELD_DEFINITION | INTERFACE | UNION"
_IMPORTS = (("mark", '"@mark"'), ("sign", '{ name: "@mark", as: "@sign" }'), ("marks__mark", ""))
_FIRST_MINOR = 1


def add_composed_directives(subgraphs: list[SubgraphDraft], rng: Random) -> None:
    """`@mark`, perhaps by another name or not imported, of a specification that some link in a later version."""
    able = [draft for draft in subgraphs if draft.minor is not None and draft.minor >= _FIRST_MINOR]
    name, imported = rng.choices(_IMPORTS, (5, 4, 1))[0]
    repeated = rng.choice(("", " repeatable"))
    for draft in able:
        if rng.random() < 0.3:
            continue
        version = rng.choice(("1.0", "1.0", "1.2"))
        draft.links.append(f'@link(url: "https://example.org/marks/v{version}", import: [{imported}])')
        composing = draft.renames.get("composeDirective", "composeDirective")
        draft.links.append(f'@{composing}(name: "@{name}")')
        draft.extra.append(f"directive @{name}(text: String, level: Int = 1){repeated} on {_PLACES}")
        draft.own_directives.add(name)
        _mark(draft, name, rng)


def _mark(draft: SubgraphDraft, name: str, rng: Random) -> None:
    holders = [type_ for type_ in draft.types.values() if type_.keyword in ("type", "interface", "union")]
    members = [
        member
        for type_ in draft.types.values()
        if type_.keyword != "union"
        for field in type_.members.values()
        for member in (field, *field.arguments.values())
        if not field.has("external")
    ]
    for holder in rng.sample([*holders, *members], min(3, len(holders) + len(members))):
        holder.uses.append(Use(name, rng.choice(("", 'text: "a"', "level: 2", 'text: "b", level: 1'))))
