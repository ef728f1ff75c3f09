"""Why a mail did not leave."""


class MailRefused(Exception):
    """This mail will never be taken: another attempt is no use."""


class UnusableAddress(MailRefused):
    """The order's e-mail address cannot stand in a mail."""

    def __init__(self) -> None:
        super().__init__("unusable address")


class MailDelayed(Exception):
    """The server does not answer, or asks to come back later."""
