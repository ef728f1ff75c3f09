"""From a subgraph's AST to its state: every type with its fields, keys and federation metadata."""

from graphql.language import (
    DirectiveDefinitionNode,
    EnumTypeDefinitionNode,
    FieldDefinitionNode,
    InputObjectTypeDefinitionNode,
    InputValueDefinitionNode,
    InterfaceTypeDefinitionNode,
    ObjectTypeDefinitionNode,
    ScalarTypeDefinitionNode,
    TypeDefinitionNode,
    UnionTypeDefinitionNode,
)

from router.composition.context_references import parse_context_reference
from router.composition.links import LinkedNames
from router.composition.reading.arguments import Applications
from router.composition.reading.document import TidyDocument
from router.composition.reading.metadata import read_metadata
from router.composition.subgraph import (
    CompositeType,
    ContextualArgument,
    EnumType,
    ExecutableDirective,
    Field,
    InputObjectType,
    InputValue,
    Key,
    Kind,
    Override,
    ScalarType,
    SubgraphType,
    UnionType,
)
from router.executable_locations import EXECUTABLE_LOCATIONS


def read_executable_directives(document: TidyDocument) -> dict[str, ExecutableDirective]:
    """Every directive of the subgraph that may stand in an operation."""
    directives = (_read_directive(node, document.names) for node in document.directives.values())
    return {directive.name: directive for directive in directives if directive.locations}


def _read_directive(node: DirectiveDefinitionNode, names: LinkedNames) -> ExecutableDirective:
    return ExecutableDirective(
        node.name.value,
        node.description.value if node.description else None,
        _read_inputs(node.arguments, names),
        tuple(place.value for place in node.locations if place.value in EXECUTABLE_LOCATIONS),
        node.repeatable,
    )


def read_types(document: TidyDocument) -> dict[str, SubgraphType]:
    """Every type of the subgraph, as its SDL states it."""
    return {name: _read_type(node, document) for name, node in document.types.items()}


def _read_type(node: TypeDefinitionNode, document: TidyDocument) -> SubgraphType:
    names = document.names
    name = node.name.value
    applied = Applications(node.directives, names)
    metadata = read_metadata(node, applied)
    is_extension = name in document.extensions or applied.has("extends")
    match node:
        case ObjectTypeDefinitionNode() | InterfaceTypeDefinitionNode():
            return _read_composite(node, applied, document)
        case InputObjectTypeDefinitionNode():
            fields = _read_inputs(node.fields, names)
            return InputObjectType(name, metadata, fields, is_one_of=applied.has("oneOf"), is_extension=is_extension)
        case EnumTypeDefinitionNode():
            values = {
                value.name.value: read_metadata(value, Applications(value.directives, names))
                for value in node.values or ()
            }
            return EnumType(name, metadata, values, is_extension)
        case UnionTypeDefinitionNode():
            members = tuple(member.name.value for member in node.types or ())
            return UnionType(name, metadata, members, _contexts(applied), is_extension)
        case ScalarTypeDefinitionNode():
            specified_by = applied.first("specifiedBy")
            return ScalarType(name, metadata, specified_by.text("url") if specified_by else None, is_extension)
        case _:
            msg = f"{type(node).__name__} is not a kind of type definition"
            raise TypeError(msg)


def _read_composite(
    node: ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode, applied: Applications, document: TidyDocument
) -> CompositeType:
    names = document.names
    name = node.name.value
    return CompositeType(
        name=name,
        kind=Kind.OBJECT if isinstance(node, ObjectTypeDefinitionNode) else Kind.INTERFACE,
        metadata=read_metadata(node, applied),
        fields={field.name.value: _read_field(field, applied, names) for field in node.fields or ()},
        interfaces=tuple(interface.name.value for interface in node.interfaces or ()),
        keys=tuple(
            Key(key.field_set(), is_resolvable=key.flag("resolvable", default=True)) for key in applied.every("key")
        ),
        is_extension=name in document.extensions or applied.has("extends"),
        is_interface_object=applied.has("interfaceObject"),
        contexts=_contexts(applied),
    )


def _read_field(node: FieldDefinitionNode, of_type: Applications, names: LinkedNames) -> Field:
    applied = Applications(node.directives, names)
    contextual = _contextual_arguments(node, names)
    filled = {argument.name for argument in contextual}
    plain = tuple(argument for argument in node.arguments or () if argument.name.value not in filled)
    requires, provides, override = applied.first("requires"), applied.first("provides"), applied.first("override")
    return Field(
        name=node.name.value,
        type=node.type,
        arguments=_read_inputs(plain, names),
        metadata=read_metadata(node, applied),
        is_external=applied.has("external") or (of_type.has("external") and names.minor is not None),
        is_shareable=applied.has("shareable") or of_type.has("shareable"),
        requires=requires.field_set() if requires else None,
        provides=provides.field_set() if provides else None,
        override=Override(override.text("from") or "", override.text("label")) if override else None,
        contextual_arguments=contextual,
    )


def _contexts(applied: Applications) -> tuple[str, ...]:
    return tuple(dict.fromkeys(context.text("name") or "" for context in applied.every("context")))


def _contextual_arguments(node: FieldDefinitionNode, names: LinkedNames) -> tuple[ContextualArgument, ...]:
    found: list[ContextualArgument] = []
    for argument in node.arguments or ():
        source = Applications(argument.directives, names).first("fromContext")
        if source is not None:
            reference = parse_context_reference(source.text("field") or "")
            found.append(ContextualArgument(argument.name.value, argument.type, argument.default_value, reference))
    return tuple(found)


def _read_inputs(nodes: tuple[InputValueDefinitionNode, ...] | None, names: LinkedNames) -> dict[str, InputValue]:
    return {
        node.name.value: InputValue(
            node.name.value,
            node.type,
            node.default_value,
            read_metadata(node, Applications(node.directives, names)),
        )
        for node in nodes or ()
    }
