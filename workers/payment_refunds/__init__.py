"""Carries what is due to the payment provider: refunds, and questions about charges whose answer was lost."""

from workers.payment_refunds.loop import refund_forever

__all__ = ["refund_forever"]
