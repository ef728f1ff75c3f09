"""Calls of every operation, made from the published schema: one for each argument that names something of a tenant.

A new argument is refused until `MEANINGS` says what it names: without that nobody knows whose thing to try.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    build_ast_schema,
    get_named_type,
    is_leaf_type,
    is_object_type,
    parse,
)

from kernel.ids import encode_global_id, uuid7

_FIRST: Final = "(first: 5)"
_CURSORS: Final = frozenset({"after", "before"})
#: what an ID or a text names: a type of the graph (then it is a global id), or a natural key in lower case
MEANINGS: Final[Mapping[str, str]] = {
    "Query.product.id": "Product",
    "Query.productBySlug.slug": "slug",
    "Query.variant.id": "ProductVariant",
    "Query.variantBySku.sku": "sku",
    "Query.category.id": "Category",
    "Query.productSearch.query": "words",
    "Query.user.id": "User",
    "Query.device.id": "Device",
    "Query.devices.storeId": "Store",
    "Query.cart.id": "Cart",
    "Query.order.id": "Order",
    "Subscription.orderStatusChanged.orderId": "Order",
    "Subscription.stockChanged.variantId": "ProductVariant",
    "Query.order.number": "number",
    "Query.order.externalReference": "reference",
    "Query.return.id": "Return",
    "Query.payment.id": "Payment",
    "ProductWhere.categoryId": "Category",
    "StockLevelWhere.variantId": "ProductVariant",
    "StockLevelWhere.locationId": "StockLocation",
    "StockMovementWhere.variantId": "ProductVariant",
    "ReservationWhere.orderId": "Order",
    "OrderWhere.externalReference": "reference",
    "Mutation.productUpdate.id": "Product",
    "Mutation.productArchive.id": "Product",
    "Mutation.variantPriceSet.id": "ProductVariant",
    "TillItemsTakeInput.deviceId": "Device",
    "Mutation.userDeactivate.id": "User",
    "Mutation.userReactivate.id": "User",
    "Mutation.userRolesAssign.id": "User",
    "Mutation.userStoresAssign.id": "User",
    "Mutation.userStoresAssign.storeIds": "Store",
    "Mutation.userPasswordResetSend.id": "User",
    "Mutation.deviceRevoke.id": "Device",
    "Mutation.pinReset.userId": "User",
    "Mutation.approvalConsume.id": "Approval",
    "Mutation.stockLocationAssign.id": "StockLocation",
    "Mutation.stockLocationAssign.storeId": "Store",
    "StockLocationCreateInput.storeId": "Store",
    "Mutation.stockReserve.orderId": "Order",
    "Mutation.stockCommit.orderId": "Order",
    "Mutation.stockRelease.orderId": "Order",
    "Mutation.cartLinesAdd.cartId": "Cart",
    "Mutation.cartChargesAdd.cartId": "Cart",
    "Mutation.cartLinesUpdate.cartId": "Cart",
    "Mutation.cartLinesRemove.cartId": "Cart",
    "Mutation.cartLinesRemove.lineIds": "CartLine",
    "Mutation.checkoutComplete.cartId": "Cart",
    "Mutation.orderConfirm.orderId": "Order",
    "Mutation.orderCancel.orderId": "Order",
    "Mutation.paymentCharge.orderId": "Order",
    "Mutation.paymentResolve.orderId": "Order",
    "Mutation.paymentVoid.orderId": "Order",
    "DeviceEnrollInput.storeId": "Store",
    "UserCreateInput.storeIds": "Store",
    "UserInviteInput.storeIds": "Store",
    "PinVerifyInput.deviceId": "Device",
    "ApprovalGrantInput.deviceId": "Device",
    "ApprovalConsumeInput.deviceId": "Device",
    "CategoryCreateInput.parentId": "Category",
    "ProductCreateInput.categoryId": "Category",
    "ProductUpdateInput.categoryId": "Category",
    "InventoryAdjustLineInput.variantId": "ProductVariant",
    "InventoryAdjustLineInput.locationId": "StockLocation",
    "InventorySetLineInput.variantId": "ProductVariant",
    "InventorySetLineInput.locationId": "StockLocation",
    "StockReserveLineInput.variantId": "ProductVariant",
    "CartLineInput.variantId": "ProductVariant",
    "CartLineInput.sku": "sku",
    "CartLineUpdateInput.lineId": "CartLine",
    "ReturnCreateInput.orderId": "Order",
    "ReturnLineInput.orderLineId": "OrderLine",
    "ReturnLineInput.sku": "sku",
}
#: optional ones that a call without them would be another kind of call for, and what they do not go with
_PLAIN: Final[Mapping[str, frozenset[str]]] = {
    "Query.order.id": frozenset({"Query.order.number", "Query.order.externalReference"}),
    "CartLineInput.sku": frozenset({"CartLineInput.variantId"}),
    "ReturnCreateInput.orderId": frozenset({"ReturnLineInput.sku"}),
    "ReturnLineInput.sku": frozenset({"ReturnLineInput.orderLineId"}),
    "VariantInput.price": frozenset(),
    "StockLocationCreateInput.storeId": frozenset(),
    "Mutation.stockLocationAssign.storeId": frozenset(),
}
#: names something that must not be there yet
_NEW: Final = frozenset({"Mutation.stockReserve.orderId"})
#: texts that a client makes up, where the rules about them are stricter than "some text"; {} is new in each call
_TEXTS: Final[Mapping[str, str]] = {
    "currencyCode": "GBP",
    "countryCode": "GB",
    "email": "{}@example.test",
    "reference": "drawer",
    "roles": "cashier",
    "batchId": "0198c5d0-0000-7000-8000-000000000001",
    "id": "0198c5d0-0000-7000-8000-000000000002",
}
_SCALARS: Final[Mapping[str, Any]] = {
    "Int": 1,
    "Float": 1.0,
    "Boolean": True,
    "Decimal": "1.00",
    "CurrencyCode": "GBP",
    "DateTime": "2026-01-02T03:04:05Z",
    "JSON": {},
}


class UnknownMeaning(AssertionError):
    """A new argument: nobody has said yet what it names."""

    def __init__(self, coordinate: str) -> None:
        super().__init__(
            f"{coordinate} is new: say in MEANINGS (tests/factories/graph_calls.py) of which type the id, or which "
            "natural key it takes, so that other tenants' are tried with it"
        )


@dataclass(frozen=True, slots=True)
class Leaf:
    """Where in the arguments something is named: the path, the coordinate of its end, and what it names."""

    path: tuple[str, ...]
    coordinate: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Call:
    """An operation with its required arguments; `varied` is the one whose value the test chooses."""

    schema: GraphQLSchema
    parent: str
    field: str
    varied: Leaf | None = None

    @property
    def name(self) -> str:
        """For the test's id."""
        return f"{self.parent}.{self.field}" + (f"({'.'.join(self.varied.path)})" if self.varied is not None else "")

    def variables(self, things: Mapping[str, str], chosen: str | None = None) -> dict[str, Any]:
        """Required arguments name `things` (by meaning); the varied one is `chosen`."""
        return {
            name: _value(
                argument.type, f"{self.parent}.{self.field}.{name}", (name,), _Choice(self.varied, chosen, things)
            )
            for name, argument in self._definition.args.items()
            if self._is_given(name, argument)
        }

    def document(self, shown: GraphQLSchema | None = None, depth: int = 2) -> str:
        """The operation; what it selects is what the schema `shown` (its own unless given) has."""
        schema = shown or self.schema
        given = {name: argument for name, argument in self._definition.args.items() if self._is_given(name, argument)}
        declared = ", ".join(f"${name}: {argument.type}" for name, argument in given.items())
        passed = ", ".join(f"{name}: ${name}" for name in given)
        root = root_named(schema, self.parent)
        selection = selection_of(get_named_type(root.fields[self.field].type), depth)
        head, call = (f"({declared})", f"({passed})") if given else ("", "")
        if "first" in self._definition.args:
            call = f"({passed} first: 5)"
        return f"{self.parent.lower()}{head} {{ {self.field}{call} {selection} }}"

    @property
    def _definition(self) -> GraphQLField:
        root = root_named(self.schema, self.parent)
        return root.fields[self.field]

    def _is_given(self, name: str, argument: GraphQLArgument) -> bool:
        is_varied = self.varied is not None and self.varied.path[0] == name
        is_plain = _is_plain(f"{self.parent}.{self.field}.{name}", self.varied)
        return is_varied or is_plain or _is_required(argument)


def schema_of(sdl: str) -> GraphQLSchema:
    """A subgraph's schema; what federation adds is taken as it stands."""
    return build_ast_schema(parse(sdl), assume_valid=True, assume_valid_sdl=True)


def root_named(schema: GraphQLSchema, name: str) -> GraphQLObjectType:
    """The root type of this name."""
    root = schema.get_type(name)
    assert isinstance(root, GraphQLObjectType)
    return root


def operations_of(schema: GraphQLSchema) -> Iterator[Call]:
    """Every operation once, with required arguments."""
    for root in (schema.query_type, schema.mutation_type, schema.subscription_type):
        for field in root.fields if root is not None else ():
            if not field.startswith("_"):
                yield Call(schema, root.name, field)


def calls_of(schema: GraphQLSchema) -> Iterator[Call]:
    """Every operation once for each argument that names something; once where none does.

    Raises:
        UnknownMeaning: an ID, or a text that something is looked up by, has no meaning yet.
    """
    for plain in operations_of(schema):
        leaves = list(_leaves(plain))
        yield from (Call(schema, plain.parent, plain.field, leaf) for leaf in leaves)
        if not leaves:
            yield plain


def any_thing(meaning: str) -> str:
    """The id or key of nothing."""
    return encode_global_id(meaning, uuid7()) if meaning[0].isupper() else f"{meaning}-{uuid7().hex[-12:]}"


def selection_of(kind: GraphQLNamedType, depth: int) -> str:
    """Everything that can be selected without arguments, so many objects deep."""
    if is_leaf_type(kind):
        return ""
    if not is_object_type(kind):
        return "{ __typename }"
    fields = ["__typename"]
    for name, field in kind.fields.items():
        inner = get_named_type(field.type)
        if name.startswith("_") or any(isinstance(argument.type, GraphQLNonNull) for argument in field.args.values()):
            continue
        if is_leaf_type(inner):
            fields.append(name)
        elif depth > 0:
            fields.append(f"{name}{_FIRST if 'first' in field.args else ''} {selection_of(inner, depth - 1)}")
    return f"{{ {' '.join(fields)} }}"


@dataclass(frozen=True, slots=True)
class _Choice:
    varied: Leaf | None
    chosen: str | None
    things: Mapping[str, str]


def _leaves(call: Call) -> Iterator[Leaf]:
    for name, argument in call._definition.args.items():
        if name not in _CURSORS and name != "idempotencyKey":
            coordinate = f"{call.parent}.{call.field}.{name}"
            yield from _leaves_within(argument.type, coordinate, (name,), is_lookup=call.parent == "Query")


def _leaves_within(
    kind: GraphQLInputType, coordinate: str, path: tuple[str, ...], *, is_lookup: bool
) -> Iterator[Leaf]:
    named = get_named_type(kind)
    if isinstance(named, GraphQLInputObjectType):
        for name, field in named.fields.items():
            yield from _leaves_within(field.type, f"{named.name}.{name}", (*path, name), is_lookup=is_lookup)
    elif coordinate in MEANINGS:
        yield Leaf(path, coordinate, MEANINGS[coordinate])
    elif named.name == "ID" or (is_lookup and named.name == "String"):
        raise UnknownMeaning(coordinate)


def _value(kind: GraphQLInputType, coordinate: str, path: tuple[str, ...], choice: _Choice) -> Any:
    if isinstance(kind, GraphQLNonNull):
        return _value(kind.of_type, coordinate, path, choice)
    if isinstance(kind, GraphQLList):
        return [_value(kind.of_type, coordinate, path, choice)]
    if isinstance(kind, GraphQLInputObjectType):
        return {
            name: _value(field.type, f"{kind.name}.{name}", (*path, name), choice)
            for name, field in kind.fields.items()
            if _is_needed(field, f"{kind.name}.{name}", (*path, name), choice)
        }
    if isinstance(kind, GraphQLEnumType):
        return next(iter(kind.values))
    return _leaf_value(kind.name, coordinate, path, choice)


def _leaf_value(scalar: str, coordinate: str, path: tuple[str, ...], choice: _Choice) -> Any:
    if choice.varied is not None and choice.varied.path == path:
        return choice.chosen
    if coordinate in MEANINGS:
        meaning = MEANINGS[coordinate]
        return any_thing(meaning) if coordinate in _NEW else choice.things[meaning]
    if scalar in _SCALARS:
        return _SCALARS[scalar]
    return _TEXTS.get(path[-1], "{}").format(f"x{uuid7().hex[-16:]}")


def _is_needed(field: GraphQLInputField, coordinate: str, path: tuple[str, ...], choice: _Choice) -> bool:
    is_varied = choice.varied is not None and choice.varied.path[: len(path)] == path
    is_plain = _is_plain(coordinate, choice.varied)
    return is_varied or is_plain or _is_required(field)


def _is_plain(coordinate: str, varied: Leaf | None) -> bool:
    return coordinate in _PLAIN and (varied is None or varied.coordinate not in _PLAIN[coordinate])


def _is_required(given: GraphQLArgument | GraphQLInputField) -> bool:
    has_default = given.ast_node is not None and given.ast_node.default_value is not None
    return isinstance(given.type, GraphQLNonNull) and not has_default


def entity_keys(schema: GraphQLSchema, sdl: str) -> Iterator[tuple[GraphQLObjectType, str]]:
    """Each entity and each of its keys that this subgraph resolves references by."""
    for definition in parse(sdl).definitions:
        for directive in getattr(definition, "directives", None) or ():
            arguments = {argument.name.value: argument.value for argument in directive.arguments or ()}
            is_resolvable = "resolvable" not in arguments or getattr(arguments["resolvable"], "value", False)
            if directive.name.value == "key" and is_resolvable:
                entity = schema.type_map[definition.name.value]  # pyright: ignore[reportAttributeAccessIssue]
                assert isinstance(entity, GraphQLObjectType)
                yield entity, arguments["fields"].value  # pyright: ignore[reportAttributeAccessIssue]
