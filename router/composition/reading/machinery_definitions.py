"""Definitions of federation's own directives and types that a subgraph brings along: they must be the specification's.

DIRECTIVE_DEFINITION_INVALID and TYPE_DEFINITION_INVALID are judged here, where such definitions are still at hand.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from graphql import parse
from graphql.language import (
    DirectiveDefinitionNode,
    EnumTypeDefinitionNode,
    InputValueDefinitionNode,
    ListTypeNode,
    NonNullTypeNode,
    ScalarTypeDefinitionNode,
    TypeDefinitionNode,
    TypeNode,
    print_ast,
)

from router.composition.errors import CompositionError, ErrorCode
from router.composition.federation_specification import BUILT_IN_DIRECTIVES, BUILT_IN_SCALARS, signatures
from router.composition.links import LinkedNames
from router.composition.type_references import named_type

_LINK_SCALAR, _LINK_PURPOSE = "link__Import", "link__Purpose"
_PURPOSES = {"SECURITY", "EXECUTION"}


def machinery_faults(
    directives: Sequence[DirectiveDefinitionNode],
    types: Mapping[str, TypeDefinitionNode],
    names: LinkedNames,
    subgraph: str,
) -> Iterator[CompositionError]:
    """What the subgraph's definitions of federation's elements say otherwise than the specification."""
    for local in sorted(BUILT_IN_DIRECTIVES & names.directives.keys()):
        message = f'"@{names.directives[local]}" is imported under the name of one of GraphQL\'s own directives'
        yield CompositionError(ErrorCode.DIRECTIVE_DEFINITION_INVALID, message, f"@{local}", (subgraph,))
    for node in directives:
        canonical = names.directives.get(node.name.value)
        for fault in _directive_faults(node, _expected(canonical, names.minor), names) if canonical else ():
            coordinate = f"@{node.name.value}"
            yield CompositionError(ErrorCode.DIRECTIVE_DEFINITION_INVALID, fault, coordinate, (subgraph,))
    for name, node in types.items():
        fault = _type_fault(name, node, names)
        if fault:
            yield CompositionError(ErrorCode.TYPE_DEFINITION_INVALID, fault, name, (subgraph,))


@cache
def _expected(canonical: str, minor: int | None) -> DirectiveDefinitionNode:
    signature = signatures(minor)[canonical]
    node = parse(f"directive @{canonical}{signature}", no_location=True).definitions[0]
    if not isinstance(node, DirectiveDefinitionNode):
        raise TypeError(signature)
    return node


def _directive_faults(
    node: DirectiveDefinitionNode, expected: DirectiveDefinitionNode, names: LinkedNames
) -> Iterator[str]:
    known = {argument.name.value: argument for argument in expected.arguments or ()}
    given = {argument.name.value: argument for argument in node.arguments or ()}
    for name in given.keys() - known.keys():
        yield f'federation\'s directive has no argument "{name}"'
    for name, argument in known.items():
        if name in given:
            yield from _argument_faults(given[name], argument, names)
        elif isinstance(argument.type, NonNullTypeNode):
            yield f'federation\'s directive needs the argument "{name}"'
    if node.repeatable and not expected.repeatable:
        yield "federation's directive is not repeatable"
    strange = {place.value for place in node.locations} - {place.value for place in expected.locations}
    if strange:
        yield f"federation's directive does not stand on {', '.join(sorted(strange))}"


def _argument_faults(
    given: InputValueDefinitionNode, expected: InputValueDefinitionNode, names: LinkedNames
) -> Iterator[str]:
    type_ = given.type
    if isinstance(type_, NonNullTypeNode) and not isinstance(expected.type, NonNullTypeNode):
        type_ = type_.type
    name = given.name.value
    if not _fits(type_, expected.type, names):
        yield f'the argument "{name}" is of type "{print_ast(expected.type)}", not "{print_ast(given.type)}"'
    elif not isinstance(given.type, NonNullTypeNode) and _default(given) != _default(expected):
        yield f'the argument "{name}" has the default {_default(expected)}, not {_default(given)}'


def _default(node: InputValueDefinitionNode) -> str | None:
    return print_ast(node.default_value) if node.default_value else None


def _fits(given: TypeNode, expected: TypeNode, names: LinkedNames) -> bool:
    if isinstance(expected, NonNullTypeNode):
        return isinstance(given, NonNullTypeNode) and _fits(given.type, expected.type, names)
    if isinstance(expected, ListTypeNode):
        return isinstance(given, ListTypeNode) and _fits(given.type, expected.type, names)
    if isinstance(given, NonNullTypeNode):
        return False
    expected_name, given_name = named_type(expected), named_type(given)
    if expected_name not in BUILT_IN_SCALARS:
        # The specification's scalars are often declared as strings.
        return given_name == "String" or names.scalars.get(given_name) == expected_name.split("__")[-1]
    return not isinstance(given, ListTypeNode) and (given_name == expected_name or given_name in names.scalars)


def _type_fault(name: str, node: TypeDefinitionNode, names: LinkedNames) -> str | None:
    if name == _LINK_PURPOSE:
        values = {value.name.value for value in node.values or ()} if isinstance(node, EnumTypeDefinitionNode) else None
        return None if values == _PURPOSES else "this is an enum of SECURITY and EXECUTION in the link specification"
    if (name in names.scalars or name == _LINK_SCALAR) and not isinstance(node, ScalarTypeDefinitionNode):
        return "this is a scalar in federation's specifications"
    return None
