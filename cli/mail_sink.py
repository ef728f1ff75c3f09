"""A catch-all SMTP server for the laptop: every mail becomes one `.eml` file, nothing leaves the machine."""

import asyncio
import email
import email.policy
import os
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Final

from aiosmtpd.smtp import SMTP, Envelope, Session

from kernel.clock import utcnow
from kernel.ids import uuid7
from kernel.telemetry import configure_logging, get_logger

SERVICE: Final = "mail-sink"
_MAX_BYTES: Final = 10_000_000

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class KeptMail:
    """One mail in the folder. `recipients` are those of the envelope, which a mail's own headers may not name."""

    path: Path
    received_at: datetime
    recipients: str
    sender: str
    subject: str


class MailFolder:
    """Mails as files, named so that they sort by time. Each file appears at once and whole."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, envelope: Envelope) -> Path:
        """Write one mail with its envelope in `X-Envelope-*` headers."""
        content = envelope.original_content or b""
        header = f"X-Envelope-From: {envelope.mail_from}\r\nX-Envelope-To: {', '.join(envelope.rcpt_tos)}\r\n"
        received = f"X-Received-At: {utcnow().isoformat(timespec='seconds')}\r\n"
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._folder / f"{uuid7()}.eml"
        unfinished = path.with_suffix(".part")
        unfinished.write_bytes((header + received).encode() + content)
        unfinished.replace(path)
        return path

    def mails(self) -> Sequence[KeptMail]:
        """Every mail, oldest first."""
        return [_summary(path) for path in sorted(self._folder.glob("*.eml"))]


def read_mail(path: Path) -> EmailMessage:
    """The mail of a file."""
    return email.message_from_bytes(path.read_bytes(), policy=email.policy.default)


def receive_mails(folder: Path, port: int) -> None:
    """Receive mails on the loopback port until SIGINT or SIGTERM."""
    configure_logging(SERVICE)
    asyncio.run(_receive(MailFolder(folder), port))


async def _receive(folder: MailFolder, port: int) -> None:
    loop = asyncio.get_running_loop()
    end = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, end.set)
    host = os.environ.get("RETAILFLOW_HOST", "127.0.0.1")
    server = await loop.create_server(lambda: mail_protocol(folder), host, port)
    log.info("mail_sink_ready", port=port)
    async with server:
        await end.wait()


def mail_protocol(folder: MailFolder) -> SMTP:
    """One connection's protocol."""
    return SMTP(_Handler(folder), data_size_limit=_MAX_BYTES, hostname="localhost", enable_SMTPUTF8=True)


class _Handler:
    def __init__(self, folder: MailFolder) -> None:
        self._folder = folder

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        path = self._folder.keep(envelope)
        log.info("mail_kept", file=path.name)
        return "250 OK"


def _summary(path: Path) -> KeptMail:
    message = read_mail(path)
    return KeptMail(
        path=path,
        received_at=datetime.fromisoformat(str(message["X-Received-At"])),
        recipients=str(message["X-Envelope-To"]),
        sender=str(message["From"] or message["X-Envelope-From"]),
        subject=str(message["Subject"] or "(no subject)"),
    )
