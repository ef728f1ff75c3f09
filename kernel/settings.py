"""Configuration read from `RETAILFLOW_*` environment variables, one class per process, never at import time."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import ClassVar

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Profile(StrEnum):
    """Where the process runs; only LOCAL and CI may use generated or development-only credentials."""

    LOCAL = "local"
    CI = "ci"
    PRODUCTION = "production"

    @property
    def allows_development_parts(self) -> bool:
        """True where the development identity provider and plain-http cookies may be used."""
        return self is not Profile.PRODUCTION


class CommonSettings(BaseSettings):
    """What every process reads.

    Environment: RETAILFLOW_PROFILE, RETAILFLOW_LOG_LEVEL.
    """

    # what is refused may be a secret, or be shown beside one
    model_config: ClassVar[SettingsConfigDict] = SettingsConfigDict(
        env_prefix="RETAILFLOW_", extra="ignore", hide_input_in_errors=True
    )

    profile: Profile = Profile.LOCAL
    log_level: str = "INFO"


class MissingCallerKeys(ValueError):
    """Without the keys of callers anybody who reaches a subgraph could call it: production does not start so."""


class TokenSettings(CommonSettings):
    """Where access tokens come from: RETAILFLOW_ISSUER, RETAILFLOW_JWKS_URL, RETAILFLOW_AUDIENCE.

    RETAILFLOW_SECOND_FACTOR_SECONDS is how long a second factor counts for what needs one.
    """

    issuer: str
    jwks_url: str
    audience: str = "retail-api"
    second_factor_seconds: int = Field(900, gt=0)


class CallerSettings(CommonSettings):
    """What a process signs its calls to subgraphs with: RETAILFLOW_CALLER_KEYS, a JSON object subgraph → key."""

    caller_keys: Mapping[str, SecretStr] = Field(default_factory=dict[str, SecretStr])

    def caller_keys_of(self, subgraphs: Iterable[str]) -> Mapping[str, SecretStr]:
        """The keys, when those of these subgraphs are all there or may be missing.

        Raises:
            MissingCallerKeys: in production, a subgraph would be called without proof.
        """
        missing = sorted(name for name in subgraphs if name not in self.caller_keys)
        if missing and not self.profile.allows_development_parts:
            raise MissingCallerKeys(f"RETAILFLOW_CALLER_KEYS has no key for {', '.join(missing)}")
        return self.caller_keys
