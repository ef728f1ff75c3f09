"""What orders refuses, each with a stable code."""

from enum import StrEnum

from kernel.errors import Refusal


class OrderErrorCode(StrEnum):
    """Codes of `OrderUserError`."""

    UNKNOWN_SKU = "UNKNOWN_SKU"
    INVALID_QUANTITY = "INVALID_QUANTITY"
    WRONG_CURRENCY = "WRONG_CURRENCY"
    PRICE_CHANGED = "PRICE_CHANGED"
    CART_EXPIRED = "CART_EXPIRED"
    CART_EMPTY = "CART_EMPTY"
    CART_CLOSED = "CART_CLOSED"
    CART_FULL = "CART_FULL"
    PAYMENT_REQUIRED = "PAYMENT_REQUIRED"
    DUPLICATE_REFERENCE = "DUPLICATE_REFERENCE"
    NO_SUCH_CART = "NO_SUCH_CART"
    NO_SUCH_LINE = "NO_SUCH_LINE"
    NO_SUCH_ORDER = "NO_SUCH_ORDER"
    ORDER_NOT_PENDING = "ORDER_NOT_PENDING"
    ORDER_NOT_RETURNABLE = "ORDER_NOT_RETURNABLE"
    RETURN_EXCEEDS_SOLD = "RETURN_EXCEEDS_SOLD"
    REFUND_EXCEEDS_PAID = "REFUND_EXCEEDS_PAID"
    INVALID = "INVALID"


class UnknownSku(Refusal):
    """The tenant sells no such variant (any more)."""

    code = OrderErrorCode.UNKNOWN_SKU


class InvalidQuantity(Refusal):
    """A quantity is a whole number from 1 to 1,000,000."""

    code = OrderErrorCode.INVALID_QUANTITY


class WrongCurrency(Refusal):
    """One cart, order or return has one currency."""

    code = OrderErrorCode.WRONG_CURRENCY


class PriceChanged(Refusal):
    """The catalogue's price is no longer the one in the cart; updating the line takes the new one."""

    code = OrderErrorCode.PRICE_CHANGED


class CartExpired(Refusal):
    """The cart was left too long."""

    code = OrderErrorCode.CART_EXPIRED


class CartEmpty(Refusal):
    """There is nothing to check out."""

    code = OrderErrorCode.CART_EMPTY


class CartClosed(Refusal):
    """The cart has become an order."""

    code = OrderErrorCode.CART_CLOSED


class CartFull(Refusal):
    """A cart holds at most 2,000 lines."""

    code = OrderErrorCode.CART_FULL


class PaymentRequired(Refusal):
    """The order costs something and no payment was given."""

    code = OrderErrorCode.PAYMENT_REQUIRED


class DuplicateReference(Refusal):
    """Another order or return has this external reference."""

    code = OrderErrorCode.DUPLICATE_REFERENCE


class NoSuchCart(Refusal):
    """The caller has no such cart."""

    code = OrderErrorCode.NO_SUCH_CART


class NoSuchLine(Refusal):
    """The cart or order has no such line."""

    code = OrderErrorCode.NO_SUCH_LINE


class NoSuchOrder(Refusal):
    """The caller has no such order."""

    code = OrderErrorCode.NO_SUCH_ORDER


class OrderNotPending(Refusal):
    """The order has already gone the other way."""

    code = OrderErrorCode.ORDER_NOT_PENDING


class OrderNotReturnable(Refusal):
    """Only a confirmed order can be returned."""

    code = OrderErrorCode.ORDER_NOT_RETURNABLE


class ReturnExceedsSold(Refusal):
    """More would come back than was sold and not yet returned."""

    code = OrderErrorCode.RETURN_EXCEEDS_SOLD


class RefundExceedsPaid(Refusal):
    """More money would go back than the order cost and was not yet given back."""

    code = OrderErrorCode.REFUND_EXCEEDS_PAID


class Invalid(Refusal):
    """A field breaks a rule stated in the message."""

    code = OrderErrorCode.INVALID
