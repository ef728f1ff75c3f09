"""Tags by which cached answers are dropped, on entities and root fields."""

from random import Random

from tests.factories.subgraph_sets.draft import SubgraphDraft, Use


def add_cache_tags(subgraphs: list[SubgraphDraft], rng: Random) -> None:
    """`@cacheTag` where the version has it, filled from keys and arguments."""
    for subgraph in subgraphs:
        if not subgraph.knows("cacheTag"):
            continue
        for type_ in subgraph.composites():
            is_entity = type_.has("key") and type_.keyword == "type" and not type_.has("interfaceObject")
            if is_entity and "id" in type_.members and rng.random() < 0.4:
                resolved = [use for use in type_.uses if use.name == "key" and "resolvable" not in use.arguments]
                if resolved and all("id" in use.arguments.split('"')[1].split() for use in resolved):
                    type_.uses.append(Use("cacheTag", f'format: "{type_.name.lower()}-{{$key.id}}"'))
        for field in subgraph.types["Query"].members.values() if "Query" in subgraph.types else ():
            if rng.random() < 0.3:
                argument = "-{$args.id}" if field.arguments.get("id") else ""
                field.uses.append(Use("cacheTag", f'format: "{field.name}{argument}"'))
