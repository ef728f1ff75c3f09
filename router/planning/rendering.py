"""Query plans for people (indented text) and for tools (JSON)."""

from collections.abc import Sequence as SequenceOf
from dataclasses import asdict

from graphql import GraphQLError, parse, print_ast

from router.planning.nodes import (
    Defer,
    Deferred,
    Entities,
    Fetch,
    Flatten,
    KeyPart,
    Parallel,
    PathStep,
    PlanNode,
    Sequence,
)
from router.planning.planner import QueryPlan

JsonText = dict[str, object]


def render_text(plan: QueryPlan) -> str:
    """The plan as indented text; its cost comes first."""
    cost = plan.cost
    degraded = ", degraded" if plan.is_degraded else ""
    labels = f", labels: {' '.join(plan.labels)}" if plan.labels else ""
    head = f"QueryPlan(hops: {cost.hops}, requests: {cost.requests}, fields: {cost.fields}{labels}{degraded}) {{"
    lines = [head, *_indented(_lines(plan.node) if plan.node is not None else ["(nothing to fetch)"]), "}"]
    return "\n".join(lines)


def render_json(plan: QueryPlan) -> JsonText:
    """The plan as JSON: `{"kind": "QueryPlan", "cost": …, "degraded": …, "candidates": …, "labels": …, "node": …}`."""
    return {
        "kind": "QueryPlan",
        "cost": asdict(plan.cost),
        "degraded": plan.is_degraded,
        "candidates": plan.candidates,
        **({"labels": list(plan.labels)} if plan.labels else {}),
        "node": _json(plan.node) if plan.node is not None else None,
    }


def _lines(node: PlanNode | Defer) -> list[str]:
    if isinstance(node, Defer):
        primary = _lines(node.primary) if node.primary is not None else ["(nothing to fetch)"]
        parts = [line for part in node.deferred for line in _indented(_deferred_lines(part))]
        return ["Defer {", *_indented(["Primary {", *_indented(primary), "}"]), *parts, "}"]
    if isinstance(node, Fetch):
        return _fetch_lines(node)
    name = "Sequence" if isinstance(node, Sequence) else "Parallel"
    return [f"{name} {{", *(line for inner in node.nodes for line in _indented(_lines(inner))), "}"]


def _deferred_lines(part: Deferred) -> list[str]:
    labels = [label for label in part.labels if label is not None]
    told = f", label: {' & '.join(labels)}" if labels else ""
    head = f"Deferred(depends: {list(part.after)}, path: {render_path(part.path) or 'the top'}{told}) {{"
    return [head, *_indented(_lines(part.node) if part.node is not None else ["(nothing to fetch)"]), "}"]


def _fetch_lines(fetch: Fetch) -> list[str]:
    place = f" at {render_path(fetch.path)}" if fetch.path else ""
    number = f", id: {fetch.number}" if fetch.number is not None else ""
    after = f", after: {list(fetch.after)}" if fetch.after else ""
    condition = f", if: ${fetch.condition}" if fetch.condition is not None else ""
    lines = [f"Fetch(subgraph: {fetch.subgraph}{number}{after}{condition}){place} {{"]
    if not fetch.flattens:
        lines += _indented(_pretty(fetch.operation))
    for value in fetch.contexts:
        lines += _indented(
            [f"Context(${value.variable}: {value.type_text}, {value.depth} down) {{ {_parts(value.parts)} }}"]
        )
    for flatten in fetch.flattens:
        lines += _indented(_flatten_lines(flatten))
    return [*lines, "}"]


def _flatten_lines(flatten: Flatten) -> list[str]:
    lines = [
        f"Flatten(path: {render_path(entities.path)}) {{ {_representation(entities)} }}"
        for entities in flatten.entities
    ]
    return [*lines, "=>", *_pretty("{ " + flatten.text + " }")]


def render_path(path: SequenceOf[PathStep]) -> str:
    """A path as `products.nodes.@.variant`; `@` stands for every item of a list."""
    steps: list[str] = []
    for step in path:
        steps.append(step.key if step.on_type is None else f"|[{step.on_type}].{step.key}")
        steps.extend("@" * step.list_depth)
    return ".".join(steps)


def _representation(entities: Entities) -> str:
    return f"... on {entities.entity_type} {{ __typename {_parts(entities.parts)} }}"


def _parts(parts: SequenceOf[KeyPart]) -> str:
    return " ".join(_part(part) for part in parts)


def _part(part: KeyPart) -> str:
    name = part.name if part.key == part.name else f"{part.key} as {part.name}"
    text = f"{name} {{ {_parts(part.below)} }}" if part.below else name
    return f"... on {part.on_type} {{ {text} }}" if part.on_type else text


def _pretty(operation: str) -> list[str]:
    try:
        return print_ast(parse(operation, no_location=True)).split("\n")
    except GraphQLError:
        return [operation]


def _indented(lines: SequenceOf[str]) -> list[str]:
    return [f"  {line}" for line in lines]


def _json(node: PlanNode | Defer) -> JsonText:
    if isinstance(node, Defer):
        primary = _json(node.primary) if node.primary is not None else None
        return {"kind": "Defer", "primary": {"node": primary}, "deferred": [_deferred_json(p) for p in node.deferred]}
    if isinstance(node, Sequence | Parallel):
        return {"kind": type(node).__name__, "nodes": [_json(inner) for inner in node.nodes]}
    fetch: JsonText = {
        "kind": "Fetch",
        "serviceName": node.subgraph,
        "operationKind": "query" if node.kind == "entities" else node.kind,
        "operation": node.operation,
        "variableUsages": list(node.variables),
    }
    if node.number is not None:
        fetch |= {"id": node.number, "after": list(node.after)}
    if node.condition is not None:
        fetch["condition"] = node.condition
    if node.contexts:
        fetch["contexts"] = [
            {"variable": value.variable, "depth": value.depth, "selection": _parts(value.parts)}
            for value in node.contexts
        ]
    if node.path:
        fetch["path"] = render_path(node.path)
    if node.flattens:
        fetch["flattens"] = [_flatten_json(flatten) for flatten in node.flattens]
    return fetch


def _deferred_json(part: Deferred) -> JsonText:
    return {
        "depends": [{"id": number} for number in part.after],
        "labels": list(part.labels),
        "path": render_path(part.path),
        "node": _json(part.node) if part.node is not None else None,
    }


def _flatten_json(flatten: Flatten) -> JsonText:
    return {
        "kind": "Flatten",
        "alias": flatten.alias,
        "variable": flatten.variable,
        "entities": [
            {"path": render_path(entities.path), "requires": _representation(entities)} for entities in flatten.entities
        ],
        "selection": flatten.text,
    }
