"""What payments refuses, each with a stable code."""

from enum import StrEnum

from kernel.errors import Refusal


class PaymentErrorCode(StrEnum):
    """Codes of `PaymentUserError`."""

    ALREADY_PAID = "ALREADY_PAID"
    INVALID_AMOUNT = "INVALID_AMOUNT"
    INVALID_TOKEN = "INVALID_TOKEN"  # noqa: S105 - an error code
    NO_SUCH_PAYMENT = "NO_SUCH_PAYMENT"
    ORDER_VOIDED = "ORDER_VOIDED"


class AlreadyPaid(Refusal):
    """The order has another payment that is captured or may be."""

    code = PaymentErrorCode.ALREADY_PAID


class InvalidAmount(Refusal):
    """A charge cannot be negative."""

    code = PaymentErrorCode.INVALID_AMOUNT


class InvalidToken(Refusal):
    """This is not a payment token; a card number is never accepted."""

    code = PaymentErrorCode.INVALID_TOKEN


class NoSuchPayment(Refusal):
    """Nobody has tried to charge this order."""

    code = PaymentErrorCode.NO_SUCH_PAYMENT


class OrderVoided(Refusal):
    """The order's payments were voided; a late charge is refused."""

    code = PaymentErrorCode.ORDER_VOIDED
