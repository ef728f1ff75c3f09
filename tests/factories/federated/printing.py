"""A random graph's subgraph as SDL, and the same without federation for executing it."""

from collections.abc import Iterator

from tests.factories.federated.model import GIVEN, FieldModel, GraphModel, Kind, Part, Role, TypeModel

_LINK = (
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.8", import: ["@key", "@shareable", "@external", '
    '"@requires", "@provides", "@inaccessible", "@override", "@interfaceObject", "@context", "@fromContext"])\n'
)
_ROOTS = {"Query", "Mutation"}
_COLORS = ["RED", "GREEN", "BLUE"]


def subgraph_sdl(graph: GraphModel, subgraph: str) -> str:
    """The subgraph's schema with federation directives."""
    blocks = [_LINK, *_schema_block(graph, subgraph), *_types(graph, subgraph, is_federated=True)]
    return "\n".join(blocks)


def executable_sdl(graph: GraphModel, subgraph: str) -> str:
    """The subgraph's schema as it executes: with `_entities`, without directives."""
    blocks = [*_schema_block(graph, subgraph), *_types(graph, subgraph, is_federated=False)]
    entities = [item for item in graph.types.values() if subgraph in item.keys and _is_object(item, subgraph)]
    names = graph.root_names.get(subgraph, {})
    query = names.get("Query", "Query")
    has_query = subgraph in graph.types["Query"].subgraphs
    fields = ["_service: String"]
    if entities:
        blocks.append(f"scalar _Any\nunion _Entity = {' | '.join(item.name for item in entities)}")
        fields.append("_entities(representations: [_Any!]!): [_Entity]!")
    if entities or not has_query:
        blocks.append(f"{'extend ' if has_query else ''}type {query} {{ {' '.join(fields)} }}")
    return "\n".join(blocks)


def _is_object(item: TypeModel, subgraph: str) -> bool:
    return item.kind is Kind.ENTITY or subgraph in item.interface_object_in


def _schema_block(graph: GraphModel, subgraph: str) -> Iterator[str]:
    names = graph.root_names.get(subgraph)
    if names:
        roots = [(root, name) for root, name in names.items() if root == "Query" or _declares(graph, root, subgraph)]
        yield "schema { " + " ".join(f"{root.lower()}: {name}" for root, name in roots) + " }"


def _declares(graph: GraphModel, root: str, subgraph: str) -> bool:
    return root in graph.types and subgraph in graph.types[root].subgraphs


def _types(graph: GraphModel, subgraph: str, *, is_federated: bool) -> Iterator[str]:
    extras = graph.enum_extras.get(subgraph, [])
    yield "scalar Blob"
    yield f"enum Color {{ {' '.join([*_COLORS, *extras])} }}"
    yield f"enum Shade {{ {' '.join(['DARK', 'LIGHT', *extras])} }}"
    extra = "extra: Int" if extras else ""
    yield f"input Filter {{ text: String shade: Shade inner: Filter any: Blob count: Int {extra} }}"
    for item in graph.types.values():
        if subgraph in item.subgraphs:
            yield _type(graph, item, subgraph, is_federated=is_federated)


def _type(graph: GraphModel, item: TypeModel, subgraph: str, *, is_federated: bool) -> str:
    if item.kind is Kind.UNION:
        return f"union {item.name} = {' | '.join(item.members[subgraph])}"
    name = graph.root_names.get(subgraph, {}).get(item.name, item.name)
    is_interface = item.kind is Kind.INTERFACE and subgraph not in item.interface_object_in
    head = f"{'interface' if is_interface else 'type'} {name}"
    interfaces = [interface.name for interface in graph.implemented(item.name, subgraph)]
    if interfaces:
        head += f" implements {' & '.join(interfaces)}"
    if is_federated:
        head += "".join(
            f' @key(fields: "{key.fields}"{_resolvable(key.is_resolvable)})' for key in item.keys.get(subgraph, ())
        )
        head += "".join(f' @context(name: "{name}")' for name in item.contexts.get(subgraph, ()))
        head += " @interfaceObject" if subgraph in item.interface_object_in else ""
    lines = [
        _field(model, model.roles[subgraph], item, is_interface=is_interface, is_federated=is_federated)
        for model in item.fields.values()
        if subgraph in model.roles
    ]
    return f"{head} {{\n  " + "\n  ".join(lines) + "\n}"


def _resolvable(is_resolvable: bool) -> str:
    return "" if is_resolvable else ", resolvable: false"


def _field(model: FieldModel, role: Role, item: TypeModel, *, is_interface: bool, is_federated: bool) -> str:
    arguments = dict(model.arguments)
    if role.has_extra_argument:
        arguments["extra"] = "Int = 7"
    if model.contextual:
        source = f' @fromContext(field: "{model.contextual.selection}")' if is_federated else ""
        arguments[GIVEN] = f"{model.contextual.type_text}{source}"
    text = f"({', '.join(f'{name}: {type_}' for name, type_ in arguments.items())})" if arguments else ""
    stricter = "!" if role.is_stricter and not model.type_text.endswith("!") else ""
    line = f"{model.name}{text}: {model.type_text}{stricter}"
    if is_federated and not is_interface:
        line += "".join(f" {directive}" for directive in _directives(model, role, item))
    return line


def _directives(model: FieldModel, role: Role, item: TypeModel) -> Iterator[str]:
    if role.part is Part.EXTERNAL:
        yield "@external"
    shares = len(model.owners) > 1 or model.is_provided or (item.kind is Kind.VALUE and item.name not in _ROOTS)
    if role.part is Part.OWN and shares and not model.is_key:
        yield "@shareable"
    if role.requires:
        yield f"@requires(fields: {_quoted(role.requires)})"
    if role.provides:
        yield f"@provides(fields: {_quoted(role.provides)})"
    if role.override_from:
        label = f', label: "{role.override_label}"' if role.override_label else ""
        yield f'@override(from: "{role.override_from}"{label})'
    if role.is_inaccessible:
        yield "@inaccessible"


def _quoted(field_set: str) -> str:
    return f'"""{field_set}"""' if '"' in field_set else f'"{field_set}"'
