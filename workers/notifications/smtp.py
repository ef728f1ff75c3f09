"""Sends mails by SMTP."""

from email.message import EmailMessage
from typing import Final

import aiosmtplib

from workers.notifications.errors import MailDelayed, MailRefused
from workers.notifications.settings import MailSettings

_TIMEOUT_SECONDS: Final = 20
_PERMANENT: Final = 500


class SmtpMailer:
    """The server of `settings`; a connection per mail."""

    def __init__(self, settings: MailSettings) -> None:
        self._settings = settings

    async def send(self, message: EmailMessage) -> None:
        """Hand the mail over.

        Raises:
            MailRefused: a permanent answer (5xx, RFC 5321 §4.2.1).
            MailDelayed: anything else that is not success.
        """
        settings = self._settings
        try:
            await aiosmtplib.send(
                message,
                hostname=settings.smtp_host,
                port=settings.smtp_port,
                username=settings.smtp_username,
                password=settings.smtp_password,
                timeout=_TIMEOUT_SECONDS,
            )
        except aiosmtplib.SMTPRecipientsRefused as error:
            codes = [refused.code for refused in error.recipients]
            raise _failure(min(codes, default=0)) from error
        except aiosmtplib.SMTPResponseException as error:
            raise _failure(error.code) from error
        except (aiosmtplib.SMTPException, OSError) as error:
            raise MailDelayed(type(error).__name__) from error


def _failure(code: int) -> MailRefused | MailDelayed:
    # the answer's text may repeat the address: only its code is kept
    return MailRefused(f"SMTP {code}") if code >= _PERMANENT else MailDelayed(f"SMTP {code}")
