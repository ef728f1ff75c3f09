"""Query plans for people (indented text) and for tools (JSON)."""

from collections.abc import Sequence as SequenceOf

from graphql import GraphQLError, parse, print_ast

from router.planning.nodes import Entities, Fetch, Flatten, KeyPart, Parallel, PathStep, PlanNode, Sequence

JsonText = dict[str, object]


def render_text(node: PlanNode | None) -> str:
    """The plan as indented text."""
    lines = ["QueryPlan {", *_indented(_lines(node) if node is not None else ["(nothing to fetch)"]), "}"]
    return "\n".join(lines)


def render_json(node: PlanNode | None) -> JsonText:
    """The plan as JSON: `{"kind": "QueryPlan", "node": …}`."""
    return {"kind": "QueryPlan", "node": _json(node) if node is not None else None}


def _lines(node: PlanNode) -> list[str]:
    if isinstance(node, Fetch):
        return _fetch_lines(node)
    name = "Sequence" if isinstance(node, Sequence) else "Parallel"
    return [f"{name} {{", *(line for inner in node.nodes for line in _indented(_lines(inner))), "}"]


def _fetch_lines(fetch: Fetch) -> list[str]:
    place = f" at {render_path(fetch.path)}" if fetch.path else ""
    lines = [f"Fetch(subgraph: {fetch.subgraph}){place} {{"]
    if not fetch.flattens:
        lines += _indented(_pretty(fetch.operation))
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


def _json(node: PlanNode) -> JsonText:
    if isinstance(node, Sequence | Parallel):
        return {"kind": type(node).__name__, "nodes": [_json(inner) for inner in node.nodes]}
    fetch: JsonText = {
        "kind": "Fetch",
        "serviceName": node.subgraph,
        "operationKind": "query" if node.kind == "entities" else node.kind,
        "operation": node.operation,
        "variableUsages": list(node.variables),
    }
    if node.path:
        fetch["path"] = render_path(node.path)
    if node.flattens:
        fetch["flattens"] = [_flatten_json(flatten) for flatten in node.flattens]
    return fetch


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
