"""Printing merged types as SDL, with join directives where there are any."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import orjson
from graphql.language import print_ast
from graphql.language.block_string import print_block_string

from router.composition.subgraph import Access, Kind, ListSize, Metadata
from router.composition.supergraph import (
    ContextJoin,
    FieldJoin,
    MergedComposite,
    MergedDirective,
    MergedEnum,
    MergedField,
    MergedInput,
    MergedInputObject,
    MergedScalar,
    MergedType,
    MergedUnion,
    TypeJoin,
)
from router.composition.type_references import print_type

_DEFAULT_DEPRECATION = "No longer supported"


@dataclass(frozen=True, slots=True)
class TypePrinter:
    """Prints definitions; `names` are what merged directives are called that do not keep their own names."""

    names: Mapping[str, str] = field(default_factory=dict[str, str])

    def print_definition(self, type_: MergedType) -> str:
        """The type's definition, without a line break at its end."""
        head = print_description(type_.metadata.description, "")
        directives = [*(_type_join(join) for join in type_.joins), *_of_kind(type_), *self._metadata(type_.metadata)]
        match type_:
            case MergedComposite():
                keyword = "interface" if type_.kind is Kind.INTERFACE else "type"
                implements = f" implements {' & '.join(type_.interfaces)}" if type_.interfaces else ""
                body = _body(map(self._field, type_.fields.values()), directives)
                return f"{head}{keyword} {type_.name}{implements}{_lines(directives)}{body}"
            case MergedInputObject():
                body = _body(map(self._input_field, type_.fields.values()), directives)
                return f"{head}input {type_.name}{_lines(directives)}{body}"
            case MergedEnum():
                return f"{head}enum {type_.name}{_lines(directives)}{_body(self._enum_values(type_), directives)}"
            case MergedUnion():
                members = f"\n  = {' | '.join(type_.members)}" if directives else f" = {' | '.join(type_.members)}"
                return f"{head}union {type_.name}{_lines(directives)}{members}"
            case MergedScalar():
                return f"{head}scalar {type_.name}{_lines(directives)}"

    def print_directive(self, directive: MergedDirective) -> str:
        """The definition of a directive of operations, without a line break at its end."""
        head = print_description(directive.description, "")
        repeatable = " repeatable" if directive.is_repeatable else ""
        places = " | ".join(directive.locations)
        return f"{head}directive @{directive.name}{self._arguments(directive.arguments, '')}{repeatable} on {places}"

    def _metadata(self, metadata: Metadata) -> Iterator[str]:
        """The directives that carry an element's metadata."""
        if metadata.is_inaccessible:
            yield self._at("inaccessible")
        yield from (f"{self._at('tag')}(name: {quote(tag)})" for tag in metadata.tags)
        yield from self._access(metadata.access)
        if metadata.cost_weight is not None:
            yield f"{self._at('cost')}(weight: {metadata.cost_weight})"
        if metadata.list_size:
            arguments = ", ".join(_list_size(metadata.list_size))
            yield f"{self._at('listSize')}({arguments})" if arguments else self._at("listSize")
        yield from (applied.text for applied in metadata.composed)
        for tag in metadata.cache_tags:
            graphs = f"graphs: [{', '.join(tag.graphs)}]"
            yield f'@join__directive({graphs}, name: "federation__cacheTag", args: {{format: {quote(tag.format)}}})'
        if metadata.deprecation_reason == _DEFAULT_DEPRECATION:
            yield "@deprecated"
        elif metadata.deprecation_reason is not None:
            yield f"@deprecated(reason: {quote(metadata.deprecation_reason)})"

    def _access(self, access: Access) -> Iterator[str]:
        if access.is_authenticated:
            yield self._at("authenticated")
        if access.scopes is not None:
            yield f"{self._at('requiresScopes')}(scopes: {_nested(access.scopes)})"
        if access.policies is not None:
            yield f"{self._at('policy')}(policies: {_nested(access.policies)})"

    def _field(self, field: MergedField) -> str:
        directives = [*map(_field_join, field.joins), *self._metadata(field.metadata)]
        arguments = self._arguments(field.arguments)
        signature = f"  {field.name}{arguments}: {print_type(field.type)}"
        return print_description(field.metadata.description, "  ") + " ".join([signature, *directives])

    def _arguments(self, arguments: tuple[MergedInput, ...], indent: str = "  ") -> str:
        if not arguments:
            return ""
        if any(argument.metadata.description for argument in arguments):
            lines = (
                f"{print_description(argument.metadata.description, f'{indent}  ')}{indent}  {self._input(argument)}"
                for argument in arguments
            )
            return "(\n" + "\n".join(lines) + f"\n{indent})"
        return f"({', '.join(self._input(argument) for argument in arguments)})"

    def _input(self, value: MergedInput) -> str:
        default = f" = {print_ast(value.default)}" if value.default is not None else ""
        directives = [*map(_field_join, value.joins), *self._metadata(value.metadata)]
        return " ".join([f"{value.name}: {print_type(value.type)}{default}", *directives])

    def _input_field(self, field: MergedInput) -> str:
        return f"{print_description(field.metadata.description, '  ')}  {self._input(field)}"

    def _enum_values(self, enum: MergedEnum) -> Iterator[str]:
        for value in enum.values.values():
            joins = (f"@join__enumValue(graph: {graph})" for graph in value.graphs)
            text = " ".join([f"  {value.name}", *joins, *self._metadata(value.metadata)])
            yield print_description(value.metadata.description, "  ") + text

    def _at(self, directive: str) -> str:
        return f"@{self.names.get(directive, directive)}"


def print_description(text: str | None, indent: str) -> str:
    """The description as a block string on lines of its own, or nothing."""
    if not text:
        return ""
    block = print_block_string(text).replace("\n", f"\n{indent}")
    return f"{indent}{block}\n"


def quote(text: str) -> str:
    """The text as a GraphQL string; JSON's escapes are among GraphQL's."""
    return orjson.dumps(text).decode()


def _lines(directives: Iterable[str]) -> str:
    return "".join(f"\n  {directive}" for directive in directives)


def _body(items: Iterable[str], directives: list[str]) -> str:
    lines = "\n".join(items)
    opening = "\n{" if directives else " {"
    return f"{opening}\n{lines}\n}}" if lines else ""


def _of_kind(type_: MergedType) -> Iterator[str]:
    match type_:
        case MergedComposite():
            yield from (
                f"@join__implements(graph: {graph}, interface: {quote(interface)})"
                for graph, interface in type_.implementations
            )
            yield from map(_context, type_.contexts)
        case MergedUnion():
            yield from (
                f"@join__unionMember(graph: {graph}, member: {quote(member)})" for graph, member in type_.memberships
            )
            yield from map(_context, type_.contexts)
        case MergedInputObject() if type_.is_one_of:
            yield "@oneOf"
        case MergedScalar() if type_.specified_by_url:
            yield f"@specifiedBy(url: {quote(type_.specified_by_url)})"
        case _:
            return


def _type_join(join: TypeJoin) -> str:
    arguments = {
        "key": quote(join.key) if join.key else "",
        "extension": "true" if join.is_extension else "",
        "resolvable": "" if join.is_resolvable else "false",
        "isInterfaceObject": "true" if join.is_interface_object else "",
    }
    return f"@join__type(graph: {join.graph}{_following(arguments)})"


def _following(arguments: Mapping[str, str]) -> str:
    return "".join(f", {name}: {value}" for name, value in arguments.items() if value)


def _field_join(join: FieldJoin) -> str:
    arguments = {
        "graph": join.graph or "",
        "type": quote(join.type) if join.type else "",
        "requires": quote(join.requires) if join.requires else "",
        "provides": quote(join.provides) if join.provides else "",
        "external": "true" if join.is_external else "",
        "override": quote(join.override) if join.override else "",
        "usedOverridden": "true" if join.is_overridden_but_used else "",
        "overrideLabel": quote(join.override_label) if join.override_label else "",
        "contextArguments": f"[{', '.join(map(_context_argument, join.context_arguments))}]"
        if join.context_arguments
        else "",
    }
    text = _following(arguments).removeprefix(", ")
    return f"@join__field({text})" if text else "@join__field"


def _context(name: str) -> str:
    return f"@context(name: {quote(name)})"


def _context_argument(join: ContextJoin) -> str:
    parts = {"context": join.context, "name": join.name, "type": join.type, "selection": join.selection}
    return f"{{{', '.join(f'{name}: {quote(text)}' for name, text in parts.items())}}}"


def _nested(alternatives: tuple[tuple[str, ...], ...]) -> str:
    return f"[{', '.join(_list(names) for names in alternatives)}]"


def _list(names: tuple[str, ...]) -> str:
    return f"[{', '.join(quote(name) for name in names)}]"


def _list_size(size: ListSize) -> Iterator[str]:
    if size.assumed_size is not None:
        yield f"assumedSize: {size.assumed_size}"
    if size.slicing_arguments is not None:
        yield f"slicingArguments: {_list(size.slicing_arguments)}"
    if size.sized_fields is not None:
        yield f"sizedFields: {_list(size.sized_fields)}"
    if not size.requires_one_slicing_argument:
        yield "requireOneSlicingArgument: false"
