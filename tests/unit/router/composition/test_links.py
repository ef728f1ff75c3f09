import pytest

from router.composition import CompositionFailed, ErrorCode, SubgraphSource, compose
from router.composition.federation_specification import NEWEST_MINOR
from tests.unit.router.composition.documents import linked
from tests.unit.router.composition.reading_joins import definition, directives, field

_FEDERATION = "https://specs.apollo.dev/federation"


def _compose(sdl: str, other: str = "") -> str:
    second = [SubgraphSource("b", "", linked(other))] if other else []
    return compose([SubgraphSource("a", "", sdl), *second]).supergraph_sdl


@pytest.mark.parametrize("minor", range(NEWEST_MINOR + 1))
def test_every_known_version_links(minor):
    sdl = _compose(linked('type Query { p: P } type P @key(fields: "id") { id: ID! }', minor))

    assert directives(definition(sdl, "P")) == ['@join__type(graph: A, key: "id")']


@pytest.mark.parametrize(
    ("link", "key", "shareable"),
    [
        (f'@link(url: "{_FEDERATION}/v2.3")', "@federation__key", "@federation__shareable"),
        (f'@link(url: "{_FEDERATION}/v2.3", as: "fed")', "@fed__key", "@fed__shareable"),
        (
            f'@link(url: "{_FEDERATION}/v2.3", import: [{{name: "@key", as: "@entity"}}, "@shareable"])',
            "@entity",
            "@shareable",
        ),
        (
            (
                f'@lk(url: "https://specs.apollo.dev/link/v1.0", as: "lk")'
                f' @lk(url: "{_FEDERATION}/v2.3", import: ["@key", "@shareable"])'
            ),
            "@key",
            "@shareable",
        ),
    ],
    ids=["namespaced", "prefixed", "renamed", "renamed_link"],
)
def test_directives_are_known_under_the_names_the_link_gives_them(link, key, shareable):
    sdl = _compose(
        f'extend schema {link} type Query {{ p: P }} type P {key}(fields: "id") {{ id: ID! n: Int {shareable} }}',
        'type P @key(fields: "id") { id: ID! n: Int @shareable }',
    )

    assert directives(definition(sdl, "P")) == [
        '@join__type(graph: A, key: "id")',
        '@join__type(graph: B, key: "id")',
    ]


@pytest.mark.parametrize(
    ("name", "parameters", "arguments"),
    [
        ("authenticated", "", ""),
        ("inaccessible", "", ""),
        ("external", "", ""),
        ("requires", "(fields: String!)", '(fields: "id")'),
        ("override", "(from: String!)", '(from: "b")'),
        ("tag", "(name: String!)", '(name: "x")'),
    ],
)
def test_an_own_directive_named_like_one_that_is_not_imported_means_nothing_to_federation(name, parameters, arguments):
    own = f"directive @{name}{parameters} on FIELD_DEFINITION type Query {{ ping: Int @{name}{arguments} }}"

    sdl = _compose(f'extend schema @link(url: "{_FEDERATION}/v2.9", import: ["@key"]) {own}')

    assert directives(field(sdl, "Query.ping")) == []


def test_definitions_of_the_machinery_do_not_enter_the_supergraph():
    sdl = _compose(
        linked(
            "directive @key(fields: federation__FieldSet!, resolvable: Boolean = true) repeatable on OBJECT"
            " scalar federation__FieldSet scalar _Any union _Entity = P type _Service { sdl: String! }"
            " type Query { p: P _service: _Service! _entities(representations: [_Any!]!): [_Entity]! }"
            ' type P @key(fields: "id") { id: ID! }'
        )
    )

    assert "_Service" not in sdl
    assert "_entities" not in sdl
    assert "federation__FieldSet" not in sdl
    assert "directive @key" not in sdl


def test_tags_linked_by_their_own_specification_are_known():
    sdl = _compose(
        'extend schema @link(url: "https://specs.apollo.dev/link/v1.0")'
        ' @link(url: "https://specs.apollo.dev/inaccessible/v0.2")'
        " type Query { p: Int q: Int @inaccessible }"
    )

    assert directives(field(sdl, "Query.q")) == ["@inaccessible"]


def test_root_types_get_their_canonical_names():
    sdl = _compose(
        f'schema @link(url: "{_FEDERATION}/v2.3") {{ query: Root mutation: Changes }}'
        " type Root { p: Int self: Root } type Changes { x: Int }",
        "type Query { q: Int }",
    )

    assert directives(field(sdl, "Query.self")) == ["@join__field(graph: A)"]
    assert "Root" not in sdl
    assert "mutation: Mutation" in sdl


@pytest.mark.parametrize(
    ("sdl", "code"),
    [
        (
            f'extend schema @link(url: "{_FEDERATION}/v2.99") type Query {{ p: Int }}',
            ErrorCode.UNKNOWN_FEDERATION_LINK_VERSION,
        ),
        (
            f'extend schema @link(url: "{_FEDERATION}/v3.0") type Query {{ p: Int }}',
            ErrorCode.UNKNOWN_FEDERATION_LINK_VERSION,
        ),
        (f'extend schema @link(url: "{_FEDERATION}") type Query {{ p: Int }}', ErrorCode.INVALID_LINK_IDENTIFIER),
        (
            f'extend schema @link(url: "{_FEDERATION}/v2.0", import: ["@interfaceObject"]) type Query {{ p: Int }}',
            ErrorCode.INVALID_LINK_DIRECTIVE_USAGE,
        ),
        (
            f'extend schema @link(url: "{_FEDERATION}/v2.0", import: {{name: "@key", as: "k"}}) type Query {{ p: ID }}',
            ErrorCode.INVALID_LINK_DIRECTIVE_USAGE,
        ),
        (
            'extend schema @link(url: "https://specs.apollo.dev/connect/v0.1") type Query { p: Int }',
            ErrorCode.UNSUPPORTED_LINKED_FEATURE,
        ),
        (
            f'extend schema @link(url: "{_FEDERATION}/v2.3") @link(url: "{_FEDERATION}/v2.4") type Query {{ p: Int }}',
            ErrorCode.INVALID_LINK_DIRECTIVE_USAGE,
        ),
        (
            (
                'extend schema @link(url: "https://example.com/vault/v1.0")'
                ' @link(url: "https://example.org/vault/v1.0") type Query { p: Int }'
            ),
            ErrorCode.INVALID_LINK_DIRECTIVE_USAGE,
        ),
        (
            'extend schema @link(url: "https://specs.apollo.dev/link/v1.1") type Query { p: Int }',
            ErrorCode.UNKNOWN_LINK_VERSION,
        ),
        (
            'extend schema @link(url: "https://example.com/vault/v1.0", as: "my__vault") type Query { p: Int }',
            ErrorCode.INVALID_LINK_DIRECTIVE_USAGE,
        ),
        (
            (
                f'extend schema @link(url: "{_FEDERATION}/v2.3", import: ["@key", {{name: "@tag", as: "@key"}}])'
                " type Query { p: Int }"
            ),
            ErrorCode.INVALID_LINK_DIRECTIVE_USAGE,
        ),
        (
            (
                f'extend schema @link(url: "{_FEDERATION}/v2.3")'
                ' @link(url: "https://example.com/vault/v1.0", for: SECURITY) type Query { p: Int }'
            ),
            ErrorCode.UNSUPPORTED_LINKED_FEATURE,
        ),
        (
            f'extend schema @link(url: "{_FEDERATION}/v2.0") @composeDirective(name: "@mine") type Query {{ p: Int }}',
            ErrorCode.INVALID_GRAPHQL,
        ),
        (
            (
                f'extend schema @link(url: "{_FEDERATION}/v2.6", import: ["@override"])'
                ' type Query { p: Int @override(from: "b", label: "beta") }'
            ),
            ErrorCode.INVALID_GRAPHQL,
        ),
        (
            (
                f'extend schema @link(url: "{_FEDERATION}/v2.1", import: ["@shareable"])'
                " type Query @shareable { p: Int } extend type Query @shareable { q: Int }"
            ),
            ErrorCode.INVALID_GRAPHQL,
        ),
        (
            (
                f'extend schema @link(url: "{_FEDERATION}/v2.2", import: ["@tag"]) @tag(name: "x")'
                " type Query { p: Int }"
            ),
            ErrorCode.INVALID_GRAPHQL,
        ),
        (
            f'extend schema @link(url: "{_FEDERATION}/v2.3") type Query {{ p: join__P }} type join__P {{ x: Int }}',
            ErrorCode.INVALID_GRAPHQL,
        ),
        (
            f'schema @link(url: "{_FEDERATION}/v2.3") {{ query: Root }} type Root {{ p: Int }} type Query {{ q: Int }}',
            ErrorCode.ROOT_QUERY_USED,
        ),
    ],
)
def test_a_link_that_cannot_be_honoured_is_refused(sdl, code):
    with pytest.raises(CompositionFailed) as failure:
        _compose(sdl)

    assert [(error.code, error.subgraphs) for error in failure.value.errors] == [(code, ("a",))]


def test_a_link_without_purpose_to_something_unknown_is_ignored():
    sdl = _compose(
        f'extend schema @link(url: "{_FEDERATION}/v2.3")'
        ' @link(url: "https://example.com/notes/v1.0", import: ["@note"])'
        " directive @note on OBJECT type Query @note { p: Int }"
    )

    assert "@note" not in sdl
