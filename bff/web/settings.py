"""What the web BFF reads from the environment; secrets have no defaults."""

import ipaddress
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from pydantic import SecretStr, model_validator

from bff.session.sealing import decode_key
from kernel.settings import CommonSettings, Profile

_MIN_SECRET_LENGTH = 24


class WebSettings(CommonSettings):
    """Settings of the web BFF, from `RETAILFLOW_*`.

    Attributes:
        issuer: the identity provider, exactly as it writes itself into tokens.
        discovery_url: where its description is read, if the BFF reaches it by another name than browsers do.
        web_bff_secret: the client secret of `web-bff`, the same variable that the realm file reads.
        web_url: the address in the browser's address bar, without a path.
        router_url: the one address GraphQL requests are sent to.
        session_key: 32 random bytes in base64url; sessions are sealed with keys derived from it.
        idle_seconds, absolute_seconds: a session ends when idle for so long, and at the latest after so long.
        refresh_ahead_seconds: access tokens are renewed so long before they expire.
        logout_token_types: accepted `typ` of logout tokens (add "JWT" for Keycloak before 25).
        logout_all_on_sid: a logout token for one session ends all sessions of its subject (Keycloak #22914).
        graphiql_folder: the built GraphiQL; None shows how to build it.
    """

    issuer: str
    session_redis_url: str
    session_key: SecretStr
    web_bff_secret: SecretStr
    web_client_id: str = "web-bff"
    audience: str = "retail-api"
    discovery_url: str | None = None
    web_url: str = "http://127.0.0.1:8000"
    router_url: str = "http://127.0.0.1:4000/graphql"
    idle_seconds: int = 1800
    absolute_seconds: int = 36_000
    refresh_ahead_seconds: int = 30
    logout_token_types: tuple[str, ...] = ("logout+jwt",)
    logout_all_on_sid: bool = False
    graphiql_folder: Path | None = None

    @property
    def is_https(self) -> bool:
        """Whether browsers reach the BFF over TLS."""
        return urlsplit(self.web_url).scheme == "https"

    @model_validator(mode="after")
    def _refuse_unsafe(self) -> Self:
        decode_key(self.session_key.get_secret_value())
        secret = self.web_bff_secret.get_secret_value()
        # Keycloak leaves a placeholder as it stands when its variable is missing: then everybody knows the secret
        if not secret or secret.startswith("${"):
            raise ValueError("RETAILFLOW_WEB_BFF_SECRET is empty or an unfilled placeholder")
        for name in ("web_url", "issuer"):
            _require_safe_origin(name, str(getattr(self, name)))
        if urlsplit(self.web_url).path:
            raise ValueError("RETAILFLOW_WEB_URL must be an origin without a path")
        if self.profile is Profile.PRODUCTION:
            _require_production(secret, self.web_url)
        return self


def _require_production(secret: str, web_url: str) -> None:
    if len(secret) < _MIN_SECRET_LENGTH:
        raise ValueError(f"RETAILFLOW_WEB_BFF_SECRET must have at least {_MIN_SECRET_LENGTH} characters in production")
    if urlsplit(web_url).scheme != "https":
        raise ValueError("RETAILFLOW_WEB_URL must be https in production")


def _require_safe_origin(name: str, url: str) -> None:
    parts = urlsplit(url)
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname or ""))
    if not is_safe:
        raise ValueError(f"RETAILFLOW_{name.upper()} must be https, or http on loopback")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
