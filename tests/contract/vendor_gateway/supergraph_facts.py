"""A supergraph taken apart into facts that can be compared as a set."""

import re
from collections.abc import Iterator
from dataclasses import replace

from graphql import parse, value_from_ast_untyped
from graphql.language import (
    ConstArgumentNode,
    DirectiveDefinitionNode,
    DirectiveNode,
    DocumentNode,
    EnumTypeDefinitionNode,
    FloatValueNode,
    InputObjectTypeDefinitionNode,
    InputValueDefinitionNode,
    InterfaceTypeDefinitionNode,
    IntValueNode,
    ListValueNode,
    NameNode,
    Node,
    ObjectTypeDefinitionNode,
    SchemaDefinitionNode,
    StringValueNode,
    TypeDefinitionNode,
    UnionTypeDefinitionNode,
    Visitor,
    print_ast,
    visit,
)

_SPECIFICATIONS = frozenset(
    {
        *("link", "tag", "inaccessible", "authenticated", "requiresScopes", "policy", "cost", "listSize"),
        *("context", "oneOf", "specifiedBy"),
    }
)
# join__Graph is left: it says which subgraphs there are.
_MACHINERY = re.compile("join__(?!Graph$)|link__")
# Arguments that say what their absence says.
_DEFAULTS = frozenset({"requireOneSlicingArgument:true"})


def _is_specified(directive: str) -> bool:
    return directive in _SPECIFICATIONS or "__" in directive


def supergraph_facts(sdl: str) -> frozenset[str]:
    """What a supergraph, or its API schema, says of each type, member by member, whatever the order.

    Directives have the names their specification gives them, whatever the schema's links call them.
    """
    document = parse(sdl, no_location=True)
    return frozenset(_facts(visit(document, _Canonical(_names(document)))))


def _names(document: DocumentNode) -> dict[str, str]:
    """The names that the schema's links import, with what they stand for."""
    return {
        local: name
        for node in document.definitions
        if isinstance(node, SchemaDefinitionNode)
        for directive in node.directives or ()
        if directive.name.value == "link"
        for name, local in _imports(directive)
    }


def _imports(link: DirectiveNode) -> Iterator[tuple[str, str]]:
    for argument in link.arguments or ():
        value = value_from_ast_untyped(argument.value)
        if argument.name.value == "as":
            url = next(item for item in link.arguments or () if item.name.value == "url")
            specification = str(value_from_ast_untyped(url.value)).split("/")[-2]
            yield specification, str(value)
        for item in value if argument.name.value == "import" else ():
            name = item if isinstance(item, str) else item["name"]
            local = item if isinstance(item, str) else item.get("as", name)
            yield name.removeprefix("@"), local.removeprefix("@")


class _Canonical(Visitor):
    """Gives directives the names of their specification and values one way to be written."""

    def __init__(self, names: dict[str, str]) -> None:
        super().__init__()
        self._names = names

    def leave_directive(self, node: DirectiveNode, *_: object) -> DirectiveNode:
        """`@t` is `@tag`, if the schema's link says so."""
        return replace(node, name=NameNode(value=self._names.get(node.name.value, node.name.value)))

    def leave_directive_definition(self, node: DirectiveDefinitionNode, *_: object) -> DirectiveDefinitionNode:
        """As above."""
        return replace(node, name=NameNode(value=self._names.get(node.name.value, node.name.value)))

    def leave_float_value(self, node: FloatValueNode, *_: object) -> FloatValueNode | IntValueNode:
        """2e3 is 2000."""
        number = float(node.value)
        return IntValueNode(value=str(int(number))) if number.is_integer() else FloatValueNode(value=str(number))

    def leave_string_value(self, node: StringValueNode, *_: object) -> StringValueNode:
        """A block string is a string."""
        return StringValueNode(value=node.value)


def _facts(document: DocumentNode) -> Iterator[str]:
    if not any(isinstance(node, SchemaDefinitionNode) for node in document.definitions):
        yield "schema described None"
        roots = {"Query", "Mutation", "Subscription"}
        defined = (node.name.value for node in document.definitions if isinstance(node, TypeDefinitionNode))
        yield from (f"schema {name.lower()}: {name}" for name in defined if name in roots)
    for node in document.definitions:
        if isinstance(node, SchemaDefinitionNode):
            yield from _facts_of_schema(node)
        elif isinstance(node, TypeDefinitionNode) and not _MACHINERY.match(node.name.value):
            yield from _facts_of(node, node.name.value)
        elif isinstance(node, DirectiveDefinitionNode) and not _is_specified(node.name.value):
            yield from _facts_of_directive(node)


def _facts_of_schema(node: SchemaDefinitionNode) -> Iterator[str]:
    yield from _own_facts(node, "schema")
    for operation in node.operation_types:
        yield f"schema {operation.operation.value}: {operation.type.name.value}"


def _facts_of_directive(node: DirectiveDefinitionNode) -> Iterator[str]:
    places = sorted(place.value for place in node.locations)
    yield f"directive @{node.name.value}{' repeatable' if node.repeatable else ''} on {places}"
    for argument in node.arguments or ():
        place = f"@{node.name.value}({argument.name.value}:)"
        yield f"{place} {print_ast(argument.type)} = {_default(argument)}"
        yield from _own_facts(argument, place)


def _facts_of(node: TypeDefinitionNode, name: str) -> Iterator[str]:
    yield f"{node.kind} {name}"
    yield from _own_facts(node, name)
    if isinstance(node, EnumTypeDefinitionNode):
        for value in node.values or ():
            yield from _own_facts(value, f"{name}.{value.name.value}")
    elif isinstance(node, UnionTypeDefinitionNode):
        yield f"{name} = {sorted(member.name.value for member in node.types or ())}"
    elif isinstance(node, ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode):
        yield f"{name} implements {sorted(interface.name.value for interface in node.interfaces or ())}"
        yield from _facts_of_fields(node, name)
    elif isinstance(node, InputObjectTypeDefinitionNode):
        for field in node.fields or ():
            place = f"{name}.{field.name.value}"
            yield f"{place}: {print_ast(field.type)} = {_default(field)}"
            yield from _own_facts(field, place)


def _facts_of_fields(node: ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode, name: str) -> Iterator[str]:
    for field in node.fields or ():
        place = f"{name}.{field.name.value}"
        yield f"{place}: {print_ast(field.type)}"
        yield from _own_facts(field, place)
        for argument in field.arguments or ():
            yield f"{place}({argument.name.value}: {print_ast(argument.type)} = {_default(argument)})"
            yield from _own_facts(argument, f"{place}({argument.name.value}:)")


def _own_facts(node: Node, place: str) -> Iterator[str]:
    description = getattr(node, "description", None)
    yield f"{place} described {description.value if description else None}"
    for directive in getattr(node, "directives", None) or ():
        arguments = sorted(
            text for argument in directive.arguments or () if (text := _argument_text(argument)) not in _DEFAULTS
        )
        yield f"{place} @{directive.name.value}({', '.join(arguments)})"


def _default(node: InputValueDefinitionNode) -> str:
    return print_ast(node.default_value) if node.default_value else ""


def _argument_text(node: ConstArgumentNode) -> str:
    """The argument without blanks; alternatives of scopes and policies are sets of sets, so they are sorted."""
    if node.name.value in ("scopes", "policies") and isinstance(node.value, ListValueNode):
        choices = sorted(
            sorted(print_ast(name) for name in choice.values)
            for choice in node.value.values
            if isinstance(choice, ListValueNode)
        )
        return f"{node.name.value}:{choices}"
    text = re.sub(r"\s+", "", print_ast(node))
    # Neither a fragment without a type nor the braces around a whole field set say anything.
    text = re.sub(r'^(\w+):"\{(.*)\}"$', r'\1:"\2"', text)
    text = re.sub(r'selection:"\{([^"]*)\}"', r'selection:"\1"', text)
    return re.sub(r"\.\.\.\{([^{}]*)\}", r"\1", text)
