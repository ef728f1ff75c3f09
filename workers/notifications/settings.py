"""Where mails go out."""

from kernel.settings import CommonSettings


class MailSettings(CommonSettings):
    """The SMTP server, from RETAILFLOW_SMTP_* and RETAILFLOW_MAIL_SENDER.

    Attributes:
        smtp_host: name or address of the server.
        smtp_port: its port; STARTTLS is used when the server offers it.
        smtp_username: None sends without authentication.
        smtp_password: with the user name.
        mail_sender: address of the From header; the tenant's name stands before it.
    """

    smtp_host: str = "127.0.0.1"
    smtp_port: int = 8025
    smtp_username: str | None = None
    smtp_password: str | None = None
    mail_sender: str = "no-reply@retailflow.example"
