"""Printing the supergraph: the join specification's machinery, then every merged type."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from graphql.language import print_ast

from router.composition.subgraph import ROOT_TYPES, Metadata
from router.composition.supergraph import (
    ComposedFeature,
    MergedComposite,
    MergedEnum,
    MergedInputObject,
    MergedUnion,
    Supergraph,
)
from router.composition.type_printer import TypePrinter, print_description, quote

_JOIN = """\
directive @join__directive(graphs: [join__Graph!], name: String!, args: join__DirectiveArguments) repeatable on SCHEMA | OBJECT | INTERFACE | FIELD_DEFINITION

directive @join__enumValue(graph: join__Graph!) repeatable on ENUM_VALUE

directive @join__field(graph: join__Graph, requires: join__FieldSet, provides: join__FieldSet, type: String, external: Boolean, override: String, usedOverridden: Boolean, overrideLabel: String, contextArguments: [join__ContextArgument!]) repeatable on FIELD_DEFINITION | INPUT_FIELD_DEFINITION

directive @join__graph(name: String!, url: String!) on ENUM_VALUE

directive @join__implements(graph: join__Graph!, interface: String!) repeatable on OBJECT | INTERFACE

directive @join__type(graph: join__Graph!, key: join__FieldSet, extension: Boolean! = false, resolvable: Boolean! = true, isInterfaceObject: Boolean! = false) repeatable on OBJECT | INTERFACE | UNION | ENUM | INPUT_OBJECT | SCALAR

directive @join__unionMember(graph: join__Graph!, member: String!) repeatable on UNION

directive @link(url: String, as: String, for: link__Purpose, import: [link__Import]) repeatable on SCHEMA

input join__ContextArgument {
  name: String!
  type: String!
  context: String!
  selection: join__FieldValue!
}

scalar join__DirectiveArguments

scalar join__FieldSet

scalar join__FieldValue

scalar link__Import

enum link__Purpose {
  \"\"\"Features that secure the graph: a consumer that does not know them must refuse it.\"\"\"
  SECURITY

  \"\"\"Features that execution needs: a consumer that does not know them must refuse it.\"\"\"
  EXECUTION
}"""  # noqa: E501 - one directive a line, as the specification prints them

_ACCESS_PLACES = "FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR | ENUM"
_ANY_ELEMENT = (
    "FIELD_DEFINITION | OBJECT | INTERFACE | UNION | ARGUMENT_DEFINITION | SCALAR"
    " | ENUM | ENUM_VALUE | INPUT_OBJECT | INPUT_FIELD_DEFINITION"
)


@dataclass(frozen=True, slots=True)
class _Feature:
    """What the supergraph links and defines only when the graph uses it; GraphQL's own need no link.

    `directives` are the merged directives' definitions after their names, `imports` whether they are linked by import.
    """

    url: str
    purpose: str | None = None
    directives: Mapping[str, str] = field(default_factory=dict[str, str])
    definitions: str = ""
    imports: bool = False

    def link(self, names: Mapping[str, str]) -> str:
        """The link, under the names that the directives have in this supergraph."""
        renamed = any(name in names for name in self.directives)
        # What goes by the specification's own name is another directive then.
        parts = [quote(self.url), *([f"as: {quote(self.prefix(names))}"] if renamed else [])]
        if self.purpose:
            parts.append(f"for: {self.purpose}")
        if self.imports or renamed:
            parts.append(f"import: [{', '.join(_import(name, names.get(name, name)) for name in self.directives)}]")
        return f"@link(url: {', '.join(parts)})"

    def prefix(self, names: Mapping[str, str]) -> str:
        """What the names of the specification's types begin with."""
        name = self.url.split("/")[-2]
        return f"_0{name}" if any(directive in names for directive in self.directives) else name

    def defined(self, names: Mapping[str, str]) -> Iterator[str]:
        """The definitions, under the names of this supergraph."""
        for name, signature in self.directives.items():
            yield f"directive @{names.get(name, name)}{self._prefixed(signature, names)}"
        if self.definitions:
            yield self._prefixed(self.definitions, names)

    def _prefixed(self, text: str, names: Mapping[str, str]) -> str:
        return text.replace(f"{self.url.split('/')[-2]}__", f"{self.prefix(names)}__")


def _import(own: str, name: str) -> str:
    return quote(f"@{own}") if own == name else f"{{name: {quote(f'@{own}')}, as: {quote(f'@{name}')}}}"


_LISTED = (
    "(assumedSize: Int, slicingArguments: [String!], sizedFields: [String!],"
    " requireOneSlicingArgument: Boolean = true) on FIELD_DEFINITION"
)
_WEIGHED = "ARGUMENT_DEFINITION | ENUM | FIELD_DEFINITION | INPUT_FIELD_DEFINITION | OBJECT | SCALAR"

# Access directives are linked without `for: SECURITY`: a gateway that does not know them may serve the graph
# all the same, because they let a router refuse early while every subgraph enforces access itself.
_FEATURES: dict[str, _Feature] = {
    "authenticated": _Feature(
        "https://specs.apollo.dev/authenticated/v0.1", directives={"authenticated": f" on {_ACCESS_PLACES}"}
    ),
    "cacheTag": _Feature("https://specs.apollo.dev/cacheTag/v0.1", "EXECUTION"),
    "context": _Feature(
        "https://specs.apollo.dev/context/v0.1",
        "SECURITY",
        definitions="""\
directive @context(name: String!) repeatable on INTERFACE | OBJECT | UNION

directive @context__fromContext(field: context__ContextFieldValue) on ARGUMENT_DEFINITION

scalar context__ContextFieldValue""",
    ),
    "cost": _Feature(
        "https://specs.apollo.dev/cost/v0.1",
        directives={"cost": f"(weight: Int!) on {_WEIGHED}", "listSize": _LISTED},
        imports=True,
    ),
    "inaccessible": _Feature(
        "https://specs.apollo.dev/inaccessible/v0.2", "SECURITY", {"inaccessible": f" on {_ANY_ELEMENT}"}
    ),
    "policy": _Feature(
        "https://specs.apollo.dev/policy/v0.1",
        directives={"policy": f"(policies: [[policy__Policy!]!]!) on {_ACCESS_PLACES}"},
        definitions="scalar policy__Policy",
    ),
    "requiresScopes": _Feature(
        "https://specs.apollo.dev/requiresScopes/v0.1",
        directives={"requiresScopes": f"(scopes: [[requiresScopes__Scope!]!]!) on {_ACCESS_PLACES}"},
        definitions="scalar requiresScopes__Scope",
    ),
    "tag": _Feature(
        "https://specs.apollo.dev/tag/v0.3",
        directives={"tag": f"(name: String!) repeatable on {_ANY_ELEMENT} | SCHEMA"},
    ),
}
# Part of GraphQL since September 2025; defined for gateways whose GraphQL is older.
_ONE_OF = "directive @oneOf on INPUT_OBJECT"


def print_supergraph(supergraph: Supergraph) -> str:
    """The supergraph as SDL; equal graphs give equal bytes."""
    features = [_FEATURES[name] for name in sorted(_used_features(supergraph))]
    printer = TypePrinter(supergraph.directive_names)
    parts = [
        _schema(supergraph, features),
        _JOIN,
        _graphs(supergraph),
        *(text for feature in features for text in feature.defined(supergraph.directive_names)),
        *_directive_definitions(supergraph, printer),
        *map(printer.print_definition, supergraph.types.values()),
    ]
    return "\n\n".join(parts) + "\n"


def _directive_definitions(supergraph: Supergraph, printer: TypePrinter) -> Iterator[str]:
    composed = {name for feature in supergraph.composed_features for _, name, _ in feature.directives}
    if any(isinstance(type_, MergedInputObject) and type_.is_one_of for type_ in supergraph.types.values()):
        yield _ONE_OF
    for directive in supergraph.executable_directives:
        if directive.name not in composed:
            yield printer.print_directive(directive)
    for feature in supergraph.composed_features:
        yield from (print_ast(definition) for _, _, definition in feature.directives)


def _composed_link(feature: ComposedFeature) -> str:
    imports = (_import(own, name) for own, name, _ in feature.directives)
    return f"@link(url: {quote(feature.url)}, import: [{', '.join(imports)}])"


def _schema(supergraph: Supergraph, features: list[_Feature]) -> str:
    links = [
        '@link(url: "https://specs.apollo.dev/link/v1.0")',
        '@link(url: "https://specs.apollo.dev/join/v0.5", for: EXECUTION)',
        *(feature.link(supergraph.directive_names) for feature in features),
        *map(_composed_link, supergraph.composed_features),
    ]
    roots = [f"  {root.lower()}: {root}" for root in ROOT_TYPES if root in supergraph.types]
    described = print_description(supergraph.description, "")
    return f"{described}schema" + "".join(f"\n  {link}" for link in links) + "\n{\n" + "\n".join(roots) + "\n}"


def _graphs(supergraph: Supergraph) -> str:
    values = (
        f"  {graph.value} @join__graph(name: {quote(graph.name)}, url: {quote(graph.url)})"
        for graph in supergraph.graphs
    )
    return "enum join__Graph {\n" + "\n".join(values) + "\n}"


def _used_features(supergraph: Supergraph) -> set[str]:
    used = {feature for metadata in _every_metadata(supergraph) for feature in _features_of(metadata)}
    if any(type_.contexts for type_ in supergraph.types.values() if isinstance(type_, MergedComposite | MergedUnion)):
        used.add("context")
    return used


def _features_of(metadata: Metadata) -> Iterator[str]:
    is_used = {
        "inaccessible": metadata.is_inaccessible,
        "tag": bool(metadata.tags),
        "authenticated": metadata.access.is_authenticated,
        "requiresScopes": metadata.access.scopes is not None,
        "policy": metadata.access.policies is not None,
        "cacheTag": bool(metadata.cache_tags),
        "cost": metadata.cost_weight is not None or metadata.list_size is not None,
    }
    return (feature for feature, is_present in is_used.items() if is_present)


def _every_metadata(supergraph: Supergraph) -> Iterator[Metadata]:
    for directive in supergraph.executable_directives:
        yield from (argument.metadata for argument in directive.arguments)
    for type_ in supergraph.types.values():
        yield type_.metadata
        match type_:
            case MergedComposite():
                for field in type_.fields.values():
                    yield field.metadata
                    yield from (argument.metadata for argument in field.arguments)
            case MergedInputObject():
                yield from (field.metadata for field in type_.fields.values())
            case MergedEnum():
                yield from (value.metadata for value in type_.values.values())
            case _:
                pass
