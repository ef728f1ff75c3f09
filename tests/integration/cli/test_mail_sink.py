import asyncio
from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path

import aiosmtplib
import pytest

from cli.mail_sink import MailFolder, mail_protocol, read_mail


@pytest.fixture
def folder(tmp_path: Path) -> MailFolder:
    return MailFolder(tmp_path / "mail")


@pytest.fixture
async def port(folder: MailFolder) -> AsyncIterator[int]:
    server = await asyncio.get_running_loop().create_server(lambda: mail_protocol(folder), "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


def _mail(subject: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "shop@lumen.example", "Zoë <zoe@example.test>", subject
    message.set_content("Thank you for your order, Zoë.")
    return message


async def test_every_mail_becomes_a_file_with_its_envelope(folder: MailFolder, port: int) -> None:
    for subject in ("Order 1", "Bestellung № 2"):
        await aiosmtplib.send(
            _mail(subject), hostname="127.0.0.1", port=port, recipients=["zoe@example.test", "hidden@example.test"]
        )

    mails = folder.mails()

    assert [kept.subject for kept in mails] == ["Order 1", "Bestellung № 2"]
    assert {kept.recipients for kept in mails} == {"zoe@example.test, hidden@example.test"}
    body = read_mail(mails[0].path).get_body()
    assert body is not None
    assert body.get_content().rstrip() == "Thank you for your order, Zoë."


async def test_a_mail_that_is_too_large_is_refused_and_not_kept(folder: MailFolder, port: int) -> None:
    message = EmailMessage()
    message["From"], message["To"] = "shop@lumen.example", "zoe@example.test"
    message.set_content("x" * 900 + "\n", cte="7bit")
    message.set_payload(("x" * 900 + "\r\n") * 12_000)

    with pytest.raises(aiosmtplib.SMTPResponseException, match="552"):
        await aiosmtplib.send(message, hostname="127.0.0.1", port=port)

    assert folder.mails() == []
