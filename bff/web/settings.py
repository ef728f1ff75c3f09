"""What the web BFF reads from the environment besides what every BFF reads."""

from pathlib import Path
from typing import ClassVar, Final

from pydantic import SecretStr

from bff.session.cookies import Cookies
from bff.session.settings import BffSettings

_REST_DESCRIPTION: Final = Path(__file__).parents[2] / "schema" / "openapi.json"


class WebSettings(BffSettings):
    """Settings of the web BFF, from `RETAILFLOW_*`.

    Attributes:
        web_bff_secret: the client secret of `web-bff`, the same variable that the realm file reads.
        web_url: see `BffSettings.public_url`.
        rest_description: the OpenAPI document of the REST endpoints.
        graphiql_folder: the built GraphiQL; None shows how to build it.
    """

    kind: ClassVar[str] = "web"
    cookies: ClassVar[Cookies] = Cookies("__Host-retailflow-session", "__Host-retailflow-login")

    web_bff_secret: SecretStr
    web_client_id: str = "web-bff"
    web_url: str = "http://127.0.0.1:8000"
    rest_description: Path = _REST_DESCRIPTION
    graphiql_folder: Path | None = None

    @property
    def public_url(self) -> str:
        """See `BffSettings`."""
        return self.web_url

    @property
    def client_id(self) -> str:
        """See `BffSettings`."""
        return self.web_client_id

    @property
    def client_secret(self) -> str:
        """See `BffSettings`."""
        return self.web_bff_secret.get_secret_value()
