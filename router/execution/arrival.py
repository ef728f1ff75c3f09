"""Bringing an answer where it belongs in the response, with the errors it comes with."""

from collections.abc import Mapping, Sequence
from typing import Final

from kernel.subgraph import JsonObject, JsonValue
from router.execution.answered import Answered, Portion
from router.execution.errors import MAX_ERRORS_PER_FETCH, client_path, path_of, subgraph_error
from router.execution.gathered import Gathered
from router.execution.missing import fill_null, malformed
from router.execution.nulled import forget_nulled
from router.execution.program import Work
from router.execution.representations import Target
from router.execution.response import Response
from router.planning.nodes import Fetch

# of a path in an answer: the alias of the look-up and the index
_ENTITY_STEPS: Final = 2


def merge_root(work: Work, answer: JsonObject, targets: Sequence[Target], response: Response) -> None:
    """Bring the answer of a root operation where it belongs, and the errors it comes with."""
    fetch = work.fetch
    data, errors = answer.get("data"), _errors_of(answer)
    if isinstance(data, dict):
        try:
            for target, _ in targets:
                work.merge(data, target)
        except RecursionError:
            response.errors.extend(malformed(fetch, [(fetch.expected, targets)]))
    portion = Portion(fetch.expected, [data], [[target for target, _ in targets]])
    response.answers.received.append(Answered(fetch, errors, [portion]))
    for raw in errors:
        steps = path_of(raw)
        for target, at in targets:
            if steps is not None:
                forget_nulled(steps, data, fetch.expected, target)
            path = client_path(fetch.expected, steps, at) if steps is not None else None
            response.errors.append(subgraph_error(raw, fetch.subgraph, path))


def _errors_of(answer: JsonObject) -> list[JsonValue]:
    errors = answer.get("errors")
    if isinstance(errors, list):
        return errors[:MAX_ERRORS_PER_FETCH]
    return [errors] if errors else []


def spread_entities(fetch: Fetch, gathered: Sequence[Gathered], answer: JsonObject, response: Response) -> None:
    """Bring the entities of look-ups where they belong, and the errors they come with."""
    data, errors = answer.get("data"), _errors_of(answer)
    portions: list[Portion] = []
    for each in gathered:
        flatten, targets = each.look_up.flatten, each.found.targets
        values = data.get(flatten.alias) if isinstance(data, dict) else None
        if isinstance(values, list) and len(values) == len(targets):
            strange = each.spread(values)
            portions.append(Portion(flatten.expected, values, targets, each.found.values))
        else:
            portions.append(Portion(flatten.expected, (), targets, each.found.values))
            is_explained = values is None and errors
            strange = [] if is_explained else each.found.all_targets()
        if strange:
            response.errors.extend(malformed(fetch, [each.places_of(strange)]))
    response.answers.received.append(Answered(fetch, errors, portions))
    _fill_unknown(gathered, answer)
    by_alias = {each.look_up.flatten.alias: each for each in gathered}
    for raw in errors:
        _forget_nulled_entity(raw, data, by_alias)
        response.errors.extend(_entity_errors(fetch, raw, by_alias))


def _fill_unknown(gathered: Sequence[Gathered], answer: JsonObject) -> None:
    """Of an entity that a subgraph does not know all fields are null; of one that failed nothing has come."""
    data = answer.get("data")
    if not isinstance(data, dict):
        return
    failed = {tuple(steps[:2]) for raw in _errors_of(answer) if (steps := path_of(raw))}
    for each in gathered:
        alias, values = each.look_up.flatten.alias, data.get(each.look_up.flatten.alias)
        if not isinstance(values, list) or None not in values or len(values) != len(each.found.targets):
            continue
        for index, same in enumerate(each.found.targets):
            if values[index] is None and (alias, index) not in failed and (alias,) not in failed:
                for target in same:
                    fill_null(each.look_up.flatten.expected, target)


def _forget_nulled_entity(raw: JsonValue, data: JsonValue, by_alias: Mapping[str, Gathered]) -> None:
    path = path_of(raw)
    if path is None or len(path) <= _ENTITY_STEPS:
        return
    alias, index, *steps = path
    known = by_alias.get(str(alias))
    entities = data.get(str(alias)) if isinstance(data, dict) else None
    if known is None or not isinstance(entities, list) or not isinstance(index, int):
        return
    if 0 <= index < min(len(entities), len(known.found.targets)):
        for target in known.found.targets[index]:
            forget_nulled(steps, entities[index], known.look_up.flatten.expected, target)


def _entity_errors(fetch: Fetch, raw: JsonValue, by_alias: Mapping[str, Gathered]) -> list[JsonObject]:
    """A subgraph's error at every place that used the entity it is about."""
    steps = path_of(raw)
    known = by_alias.get(str(steps[0])) if steps else None
    if steps is None or known is None:
        return [subgraph_error(raw, fetch.subgraph, None)]
    targets, expected = known.found.targets, known.look_up.flatten.expected
    index = steps[1] if len(steps) > 1 else None
    if not isinstance(index, int) or not 0 <= index < len(targets):
        everywhere = known.places.of(known.found.all_targets())[:MAX_ERRORS_PER_FETCH]
        return [subgraph_error(raw, fetch.subgraph, at) for _, at in everywhere]
    places = known.places.of(targets[index])[:MAX_ERRORS_PER_FETCH]
    return [subgraph_error(raw, fetch.subgraph, client_path(expected, steps[2:], at)) for _, at in places]
