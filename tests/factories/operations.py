"""Random valid operations over a schema, for comparing two ways to answer them."""

from graphql import (
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_composite_type,
    is_required_argument,
)
from hypothesis import strategies as st

_MAX_ITEMS = 60
_CONDITIONS = ["", "", "", "", " @include(if: $yes)", " @skip(if: $no)", " @skip(if: $yes)", " @include(if: $no)"]

_DEFERS = ["", " @defer", " @defer", " @defer(if: $yes)", " @defer(if: $no)"]


@st.composite
def operations(draw, schema: GraphQLSchema, *, depth: int = 5, defers: bool = False) -> str:
    """A query of the schema; it declares the variables $yes and $no. Many fragments are deferred if it `defers`."""
    writer = _Writer(draw, schema, defers=defers)
    text = writer.selection(schema.query_type, depth)
    fragments = " ".join(f"fragment {name} {body}" for name, body in writer.fragments.items())
    return f"query ($yes: Boolean!, $no: Boolean!) {{ {text} }} {fragments}"


class _Writer:
    def __init__(self, draw, schema: GraphQLSchema, *, defers: bool) -> None:
        self._draw = draw
        self._defers = defers
        self._schema = schema
        self._aliases = 0
        self._items = 0
        self.fragments: dict[str, str] = {}

    def selection(self, parent, depth: int) -> str:
        count = self._draw(st.integers(1, 4))
        return " ".join(self._item(parent, depth) for _ in range(count))

    def _item(self, parent, depth: int) -> str:
        self._items += 1
        if self._items > _MAX_ITEMS or depth < 0:
            return "__typename"
        kind = self._draw(st.integers(0, 12))
        if kind == 0:
            return "__typename"
        if kind in {1, 2} or isinstance(parent, GraphQLUnionType):
            return self._inline(parent, depth)
        if kind == 3:
            return self._spread(parent, depth)
        return self._field(parent, depth)

    def _field(self, parent, depth: int) -> str:
        fields = parent.fields
        names = [
            name for name, field in fields.items() if depth > 0 or not is_composite_type(get_named_type(field.type))
        ]
        if not names:
            return "__typename"
        name = self._draw(st.sampled_from(sorted(names)))
        field = fields[name]
        required = [key for key, argument in fields[name].args.items() if is_required_argument(argument)]
        arguments = f"({', '.join(f'{key}: 2' for key in required)})" if required else ""
        alias = self._alias(name)
        condition = self._draw(st.sampled_from(_CONDITIONS))
        named = get_named_type(field.type)
        below = f" {{ {self.selection(named, depth - 1)} }}" if is_composite_type(named) else ""
        return f"{alias}{name}{arguments}{condition}{below}"

    def _alias(self, name: str) -> str:
        # unique aliases keep the operation valid; a key's name as alias of another field is the nasty case
        choice = self._draw(st.integers(0, 9))
        if choice > 1:
            return ""
        if choice == 1:
            return self._draw(st.sampled_from(["id: ", "slug: ", "code: ", "_0_id: "]))
        self._aliases += 1
        return f"{name}{self._aliases}: "

    def _inline(self, parent, depth: int) -> str:
        target = self._draw(st.sampled_from(self._targets(parent)))
        condition = self._draw(st.sampled_from(_CONDITIONS))
        return f"... on {target.name}{condition}{self._defer()} {{ {self.selection(target, depth - 1)} }}"

    def _spread(self, parent, depth: int) -> str:
        name = f"F{len(self.fragments)}"
        self.fragments[name] = ""
        self.fragments[name] = f"on {parent.name} {{ {self.selection(parent, depth - 1)} }}"
        return f"...{name}{self._defer()}"

    def _defer(self) -> str:
        return self._draw(st.sampled_from(_DEFERS)) if self._defers else ""

    def _targets(self, parent) -> list:
        if isinstance(parent, GraphQLObjectType):
            return [parent]
        possible = sorted(self._schema.get_possible_types(parent), key=lambda type_: type_.name)
        interfaces = [parent] if isinstance(parent, GraphQLInterfaceType) else []
        return [*possible, *interfaces]
