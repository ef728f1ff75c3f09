"""A supergraph taken apart into facts that can be compared as a set."""

import re
from collections.abc import Iterator

from graphql import parse
from graphql.language import (
    ConstArgumentNode,
    DirectiveDefinitionNode,
    EnumTypeDefinitionNode,
    InputObjectTypeDefinitionNode,
    InputValueDefinitionNode,
    InterfaceTypeDefinitionNode,
    ListValueNode,
    Node,
    ObjectTypeDefinitionNode,
    TypeDefinitionNode,
    UnionTypeDefinitionNode,
    print_ast,
)

_SPECIFICATIONS = frozenset(
    {
        *("link", "tag", "inaccessible", "authenticated", "requiresScopes", "policy", "cost", "listSize"),
        *("context", "oneOf", "specifiedBy"),
    }
)
# Arguments that say what their absence says.
_DEFAULTS = frozenset({"requireOneSlicingArgument:true"})


def _is_specified(directive: str) -> bool:
    return directive in _SPECIFICATIONS or "__" in directive


def supergraph_facts(sdl: str) -> frozenset[str]:
    """What a supergraph says of each type, member by member, whatever the order."""
    return frozenset(_facts(sdl))


def _facts(sdl: str) -> Iterator[str]:
    for node in parse(sdl).definitions:
        if isinstance(node, TypeDefinitionNode) and not re.match("join__|link__", node.name.value):
            yield from _facts_of(node, node.name.value)
        elif isinstance(node, DirectiveDefinitionNode) and not _is_specified(node.name.value):
            yield from _facts_of_directive(node)


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
    return re.sub(r"\.\.\.\{([^{}]*)\}", r"\1", text)
