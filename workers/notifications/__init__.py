"""Tells customers what happened: the confirmation of an order by e-mail.

A delivery is a row of `workers.notification_delivery`, written with the event's inbox mark; a Dramatiq message is only
a doorbell, and a sweeper sends what no bell rang for. The customer's address is read when the mail is written and
stored nowhere here.
"""

from workers.notifications.actors import declare_actors, doorbell
from workers.notifications.confirmations import OrderConfirmations
from workers.notifications.consumer import notifications_consumer
from workers.notifications.deliveries import Deliveries
from workers.notifications.settings import MailSettings
from workers.notifications.smtp import SmtpMailer
from workers.notifications.sweeper import sweep_forever

__all__ = [
    "Deliveries",
    "MailSettings",
    "OrderConfirmations",
    "SmtpMailer",
    "declare_actors",
    "doorbell",
    "notifications_consumer",
    "sweep_forever",
]
