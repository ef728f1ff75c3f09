"""`retailflow mail`: read what the shop has sent on this machine."""

from email.message import EmailMessage
from typing import Annotated, Final

import typer
from rich.table import Table

from cli.console import open_console
from cli.errors import CommandError
from cli.mail_sink import MailFolder, read_mail
from cli.state import StateFolder

_UNCUT_WIDTH: Final = 500


def mail(
    number: Annotated[int | None, typer.Argument(help="Print this mail of the list; -1 is the newest.")] = None,
) -> None:
    """List the mails the shop has sent, or print one."""
    mails = MailFolder(StateFolder.open().mail).mails()
    console = open_console()
    if number is not None:
        if not (1 <= number <= len(mails) or -len(mails) <= number < 0):
            raise CommandError(f"there is no mail {number}: the folder has {len(mails)}")
        _print_mail(read_mail(mails[number - 1 if number > 0 else number].path))
        return
    if not mails:
        console.print("no mail yet")
        return
    table = Table(box=None, header_style="dim", pad_edge=False)
    for column in ("#", "received", "to", "subject"):
        table.add_column(column)
    for position, kept in enumerate(mails, start=1):
        received = kept.received_at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
        table.add_row(str(position), received, kept.recipients, kept.subject)
    if not console.is_terminal:
        # whoever reads a pipe wants whole addresses
        console.width = _UNCUT_WIDTH
    console.print(table)


def _print_mail(message: EmailMessage) -> None:
    for name in ("From", "To", "Date", "Subject"):
        print(f"{name}: {message[name] or ''}")
    body = message.get_body(preferencelist=("plain", "html"))
    print()
    print(str(body.get_content()).replace("\r\n", "\n").rstrip() if body else "(no text)")
