"""Composition root of identity."""

import base64
import binascii
from functools import partial

from pydantic import SecretStr, field_validator
from starlette.applications import Starlette

from kernel.graphql import Subgraph, SubgraphSettings, assemble_subgraph, serve_subgraph
from kernel.settings import CommonSettings
from subgraphs.identity.graphql.loaders import IdentityContext
from subgraphs.identity.graphql.schema import build_schema
from subgraphs.identity.handlers import HANDLERS
from subgraphs.identity.model import PinSecrets

__all__ = ["HANDLERS", "PinSettings", "build_subgraph", "create_app"]

_PIN_KEY_BYTES = 32


class PinSettings(CommonSettings):
    """RETAILFLOW_PIN_KEY: 32 random bytes in base64url. With another key, everybody chooses a new PIN."""

    pin_key: SecretStr

    @field_validator("pin_key")
    @classmethod
    def _is_a_key(cls, value: SecretStr) -> SecretStr:
        if len(_decoded(value)) != _PIN_KEY_BYTES:
            raise ValueError(f"RETAILFLOW_PIN_KEY must be {_PIN_KEY_BYTES} bytes in base64url")
        return value

    def secrets(self) -> PinSecrets:
        """What makes and checks stored PINs."""
        return PinSecrets(_decoded(self.pin_key))


def build_subgraph(settings: SubgraphSettings) -> Subgraph:
    """The subgraph with its real database, issuer and key of PINs."""
    pins = PinSettings()  # pyright: ignore[reportCallIssue] - the environment supplies it
    context = partial(IdentityContext, pin_secrets=pins.secrets())
    return assemble_subgraph("identity", build_schema(), settings, context=context)


def create_app() -> Starlette:
    """`uvicorn --factory subgraphs.identity.app:create_app`."""
    return serve_subgraph(build_subgraph, "identity")


def _decoded(key: SecretStr) -> bytes:
    text = key.get_secret_value()
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error:
        raise ValueError("RETAILFLOW_PIN_KEY is not base64url") from None
