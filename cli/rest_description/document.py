"""The OpenAPI document itself: paths, parameters, bodies and answers."""

import json
from importlib.metadata import version
from pathlib import Path
from typing import Final, cast

from graphql import (
    FieldNode,
    GraphQLObjectType,
    GraphQLSchema,
    NonNullTypeNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableDefinitionNode,
    parse,
    value_from_ast_untyped,
)

from bff.session.csrf import CSRF_HEADER, CSRF_VALUE
from bff.web.rest.endpoints import ENDPOINTS, IDEMPOTENCY_VARIABLE, MOST_ITEMS, Endpoint, operation_id, place_of
from bff.web.rest.problems import statuses_of
from bff.web.settings import WebSettings
from cli.rest_description.schemas import Components, Json, closed_object, inside, is_non_null, non_null_output

_PROBLEM: Final = "application/problem+json"
_PROBLEM_SCHEMA: Final[Json] = {
    "description": "Why a request was refused (RFC 9457).",
    **closed_object(
        {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "code": {"type": "string", "description": "The contract; the texts are for people."},
            "errors": {
                "type": "array",
                "items": closed_object(
                    {
                        "code": {"type": "string"},
                        "detail": {"type": "string"},
                        "field": {"type": "array", "items": {"type": "string"}},
                    },
                    ["code", "detail"],
                ),
            },
        },
        ["type", "title", "status", "detail", "code"],
    ),
}


_REFUSAL_SCHEMA: Final[Json] = {
    "description": "Why a request was refused before it came to an endpoint.",
    **closed_object(
        {
            "errors": {
                "type": "array",
                "items": closed_object(
                    {
                        "message": {"type": "string"},
                        "extensions": closed_object({"code": {"type": "string"}}, ["code"]),
                    },
                    ["message", "extensions"],
                ),
            }
        },
        ["errors"],
    ),
}
_BEFORE_ENDPOINTS: Final = {413, 429, 503}


def rest_description(api: GraphQLSchema, operations: Path) -> str:
    """The document as text; `operations` is `schema/operations/rest`."""
    components = Components(api)
    paths: dict[str, dict[str, object]] = {}
    for endpoint in ENDPOINTS:
        text = (operations / f"{endpoint.operation}.graphql").read_text(encoding="utf-8")
        described_once = _Description(endpoint, _operation_in(text), api, components)
        for number, path in enumerate(endpoint.paths):
            paths.setdefault(path, {})[endpoint.method.lower()] = described_once.operation(number)
    document: Json = {
        "openapi": "3.1.0",
        "info": {
            "title": "RetailFlow",
            "version": version("retailflow"),
            "description": "REST in front of the graph, for clients of the web BFF. The graph can do more.",
        },
        "servers": [{"url": "/"}],
        "security": [{"session": []}],
        "paths": paths,
        "components": {
            "schemas": {
                **dict(sorted(components.schemas.items())),
                "Problem": _PROBLEM_SCHEMA,
                "Refusal": _REFUSAL_SCHEMA,
            },
            "securitySchemes": {
                "session": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": WebSettings.cookies.session,
                    "description": "Set by signing in at /auth/login.",
                }
            },
        },
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _operation_in(text: str) -> OperationDefinitionNode:
    (node,) = parse(text, no_location=True).definitions
    return cast("OperationDefinitionNode", node)


class _Description:
    """One endpoint's part of the document."""

    def __init__(
        self, endpoint: Endpoint, node: OperationDefinitionNode, api: GraphQLSchema, components: Components
    ) -> None:
        self._endpoint = endpoint
        self._node = node
        self._api = api
        self._components = components
        root = api.mutation_type if node.operation.value == "mutation" else api.query_type
        self._root = cast("GraphQLObjectType", root)

    def operation(self, number: int) -> Json:
        """The Operation Object at the path of this number."""
        endpoint, name = self._endpoint, operation_id(self._endpoint)
        text = self._root.fields[str(endpoint.answer[0])].description or ""
        members = [node for node in self._variables() if self._place(node)[0] == "body"]
        return {
            "operationId": name if number == 0 else f"{name}_{number + 1}",
            "summary": endpoint.summary,
            "description": " ".join(text.split()),
            "tags": [endpoint.paths[0].split("/")[2]],
            "parameters": [_CSRF, *(self._parameter(node) for node in self._variables() if node not in members)],
            **({"requestBody": self._body(members)} if members else {}),
            "responses": self._responses(),
        }

    def _variables(self) -> tuple[VariableDefinitionNode, ...]:
        return tuple(self._node.variable_definitions or ())

    def _place(self, node: VariableDefinitionNode) -> tuple[str, str]:
        return place_of(self._endpoint, node.variable.name.value)

    def _parameter(self, node: VariableDefinitionNode) -> Json:
        place, name = self._place(node)
        schema = self._schema(node)
        if place == "header" and name == "If-Match":
            schema = {"type": "string", "description": "The ETag that was read, a quantity in quotes."}
        return {"name": name, "in": place, "required": self._is_required(node) or place == "path", "schema": schema}

    def _body(self, members: list[VariableDefinitionNode]) -> Json:
        properties = {node.variable.name.value: self._schema(node) for node in members}
        required = [node.variable.name.value for node in members if self._is_required(node)]
        return {"required": True, "content": {"application/json": {"schema": closed_object(properties, required)}}}

    def _schema(self, node: VariableDefinitionNode) -> Json:
        name = node.variable.name.value
        # a query string has no null
        can_be_null = self._place(node)[0] == "body"
        components = self._components
        schema = components.variable_schema(node.type) if can_be_null else components.non_null_schema(node.type)
        if node.default_value is not None:
            schema["default"] = value_from_ast_untyped(node.default_value)
        if name == "first":
            schema |= {"minimum": 1, "maximum": MOST_ITEMS}
        if name == IDEMPOTENCY_VARIABLE:
            schema |= {"minLength": 1, "maxLength": 128, "pattern": "^[!-~]+$"}
        return schema

    def _is_required(self, node: VariableDefinitionNode) -> bool:
        return isinstance(node.type, NonNullTypeNode) and node.default_value is None

    def _responses(self) -> Json:
        problem = {_PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}
        early = {"application/json": {"schema": {"$ref": "#/components/schemas/Refusal"}}}
        refused = statuses_of(self._endpoint)
        return {
            str(self._endpoint.status): {
                "description": "Done",
                "content": {"application/json": {"schema": self._answer()}},
                **({"headers": headers} if (headers := self._headers()) else {}),
            },
            **{
                str(status): {
                    "description": text,
                    "content": {**problem, **early} if status in _BEFORE_ENDPOINTS else problem,
                }
                for status, text in refused.items()
            },
        }

    def _headers(self) -> Json:
        text = {"schema": {"type": "string"}}
        told = {
            "Location": self._endpoint.location is not None,
            "ETag": self._endpoint.etag is not None,
        }
        headers: Json = {name: {**text, "required": True} for name, is_told in told.items() if is_told}
        if self._endpoint.is_page:
            headers["Link"] = {**text, "description": 'The next page as rel="next", unless this is the last.'}
        return headers

    def _answer(self) -> Json:
        type_: object = self._root
        selection: SelectionSetNode | None = self._node.selection_set
        for step in self._endpoint.answer:
            named = inside(type_) if is_non_null(type_) else type_
            if isinstance(step, int):
                type_ = inside(named)
            else:
                type_ = cast("GraphQLObjectType", named).fields[step].type
                selection = _selected(selection, step)
        # nothing there is 404
        return non_null_output(type_, selection)


def _selected(selection: SelectionSetNode | None, name: str) -> SelectionSetNode | None:
    nodes = selection.selections if selection is not None else ()
    return next(node.selection_set for node in nodes if isinstance(node, FieldNode) and node.name.value == name)


_CSRF: Final[Json] = {
    "name": CSRF_HEADER,
    "in": "header",
    "required": True,
    "description": "Says that no other site's form sends this.",
    "schema": {"type": "string", "enum": [CSRF_VALUE]},
}
