"""What every BFF reads from the environment; secrets have no defaults."""

import ipaddress
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, Final, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, model_validator

from bff.session.client_address import Network
from bff.session.cookies import Cookies
from bff.session.rate import Rate, RateSetting
from bff.session.sealing import decode_key
from bff.session.trusted_documents import DocumentPolicy
from kernel.settings import CommonSettings, Profile

_MIN_SECRET_LENGTH = 24
_OPERATIONS: Final = Path(__file__).parents[2] / "schema" / "operations"


class BffSettings(CommonSettings, ABC):
    """Settings of a BFF, from `RETAILFLOW_*`. A subclass adds its own address, client and secret.

    Attributes:
        kind: the BFF's short name: the prefix of its own variables, and its namespace in Redis.
        cookies: the names of its cookies.
        issuer: the identity provider, exactly as it writes itself into tokens.
        discovery_url: where its description is read, if the BFF reaches it by another name than browsers do.
        router_url: the one address GraphQL requests are sent to.
        session_key: 32 random bytes in base64url; sessions are sealed with keys derived from it.
        also_accepted_session_keys: keys of the same kind that open what they sealed, while the key is changed.
        idle_seconds, absolute_seconds: a session ends when idle for so long, and at the latest after so long.
        second_factor_seconds: how long a second factor counts for what needs one; the services' own setting.
        refresh_ahead_seconds: access tokens are renewed so long before they expire.
        logout_token_types: accepted `typ` of logout tokens (add "JWT" for Keycloak before 25).
        trusted_documents: whose GraphQL documents are executed; unset it is ONLY in production and PREFER elsewhere.
        operations_folder: where our own are, in a folder for each BFF.
        logout_all_on_sid: a logout token for one session ends all sessions of its subject (Keycloak #22914).
        streams_per_session, streams_per_replica: event streams that are open at one replica at the same time.
        allowed_origins: other sites whose scripts may use this BFF with the person's cookie (CORS); none by default.
        hsts_for_subdomains: whether browsers are told to use https for all names below the BFF's, too.
        trusted_proxies: networks of the proxies whose `X-Forwarded-For` is believed; none by default.
        rate_per_session, rate_per_address, rate_per_tenant: requests, in the notation of `Rate`.
        rate_of_sign_in: requests of one address that begin a sign-in, that complete one, that register somebody.
        rate_of_backchannel_logout: logout tokens, all of which come from the identity provider's address.
    """

    kind: ClassVar[str]
    cookies: ClassVar[Cookies]

    issuer: str
    session_redis_url: str
    session_key: SecretStr
    also_accepted_session_keys: tuple[SecretStr, ...] = ()
    audience: str = "retail-api"
    second_factor_seconds: int = Field(900, gt=0)
    discovery_url: str | None = None
    router_url: str = "http://127.0.0.1:4000/graphql"
    idle_seconds: int = 1800
    absolute_seconds: int = 36_000
    refresh_ahead_seconds: int = 30
    logout_token_types: tuple[str, ...] = ("logout+jwt",)
    logout_all_on_sid: bool = False
    trusted_documents: DocumentPolicy | None = None
    operations_folder: Path = _OPERATIONS
    streams_per_session: int = 10
    streams_per_replica: int = 1000
    allowed_origins: tuple[str, ...] = ()
    hsts_for_subdomains: bool = True
    trusted_proxies: tuple[Network, ...] = ()
    rate_per_session: RateSetting = Rate(1200, 60)
    rate_per_address: RateSetting = Rate(6000, 60)
    rate_per_tenant: RateSetting = Rate(60_000, 60)
    rate_of_sign_in: RateSetting = Rate(120, 60)
    rate_of_backchannel_logout: RateSetting = Rate(3000, 60)

    @property
    @abstractmethod
    def public_url(self) -> str:
        """The address in the browser's address bar, without a path."""

    @property
    @abstractmethod
    def client_id(self) -> str:
        """How the BFF is registered at the identity provider."""

    @property
    @abstractmethod
    def client_secret(self) -> str:
        """The secret of that registration."""

    @property
    def allows_any_document(self) -> bool:
        """Whether everybody's GraphQL documents are executed, not only ours."""
        policy = self.trusted_documents
        if policy is None:
            return self.profile.allows_development_parts
        return policy is DocumentPolicy.PREFER

    @property
    def is_https(self) -> bool:
        """Whether browsers reach the BFF over TLS."""
        return urlsplit(self.public_url).scheme == "https"

    @property
    def script_origins(self) -> tuple[str, ...]:
        """The origins whose scripts may make requests: the own one first."""
        return (self.public_url, *self.allowed_origins)

    @property
    def rates_of_paths(self) -> Mapping[str, Rate]:
        """What one address may ask of a path besides; a path that ends in a slash stands for all below it."""
        return {
            "/auth/login": self.rate_of_sign_in,
            "/auth/switch": self.rate_of_sign_in,
            "/auth/callback": self.rate_of_sign_in,
            "/auth/register": self.rate_of_sign_in,
            "/auth/backchannel-logout": self.rate_of_backchannel_logout,
        }

    @property
    def sealing_keys(self) -> tuple[bytes, ...]:
        """The key that new sessions are sealed with, then those that are accepted beside it."""
        return tuple(decode_key(key.get_secret_value()) for key in (self.session_key, *self.also_accepted_session_keys))

    @model_validator(mode="after")
    def _refuse_unsafe(self) -> Self:
        if len(set(self.sealing_keys)) != 1 + len(self.also_accepted_session_keys):
            raise ValueError("RETAILFLOW_ALSO_ACCEPTED_SESSION_KEYS names a key twice, or the session key itself")
        own = f"RETAILFLOW_{self.kind.upper()}"
        # Keycloak leaves a placeholder as it stands when its variable is missing: then everybody knows the secret
        if not self.client_secret or self.client_secret.startswith("${"):
            raise ValueError(f"{own}_BFF_SECRET is empty or an unfilled placeholder")
        for name, url in ((f"{own}_URL", self.public_url), ("RETAILFLOW_ISSUER", self.issuer)):
            _require_safe_origin(name, url)
        if urlsplit(self.public_url).path:
            raise ValueError(f"{own}_URL must be an origin without a path")
        for origin in self.allowed_origins:
            _require_origin(origin)
        if self.profile is Profile.PRODUCTION:
            self._require_production(own)
        return self

    def _require_production(self, own: str) -> None:
        if len(self.client_secret) < _MIN_SECRET_LENGTH:
            raise ValueError(f"{own}_BFF_SECRET must have at least {_MIN_SECRET_LENGTH} characters in production")
        if not self.is_https:
            raise ValueError(f"{own}_URL must be https in production")


def _require_safe_origin(name: str, url: str) -> None:
    parts = urlsplit(url)
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname or ""))
    if not is_safe:
        raise ValueError(f"{name} must be https, or http on loopback")


def _require_origin(text: str) -> None:
    _require_safe_origin("an origin in RETAILFLOW_ALLOWED_ORIGINS", text)
    parts = urlsplit(text)
    # as browsers write it in `Origin`, or it would never be met
    if text != f"{parts.scheme}://{parts.netloc}" or text != text.lower() or "*" in text or "@" in text:
        raise ValueError("an origin in RETAILFLOW_ALLOWED_ORIGINS is not written as browsers write it")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
