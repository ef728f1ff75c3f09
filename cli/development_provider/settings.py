"""What the development provider is given when it starts."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kernel.settings import Profile


class DevelopmentOnly(Exception):
    """The development provider was asked to run where real people sign in."""


@dataclass(frozen=True, slots=True)
class ProviderSettings:
    """Where the provider is reached, what it reads and where it keeps its state.

    Attributes:
        url: its own origin as browsers and services reach it, without a path.
        realm_file: a Keycloak realm file.
        values: what fills the realm file's placeholders.
        state_folder: its signing key, sessions and changed accounts are kept there.
        smtp_host, smtp_port: where its mails go.
    """

    profile: Profile
    url: str
    realm_file: Path
    values: Mapping[str, str]
    state_folder: Path
    smtp_host: str = "127.0.0.1"
    smtp_port: int = 8025

    def require_development_profile(self) -> None:
        """Refuse every profile but local and ci.

        Raises:
            DevelopmentOnly: the message is one line for the operator.
        """
        if self.profile not in {Profile.LOCAL, Profile.CI}:
            raise DevelopmentOnly(
                f"the development identity provider runs in the profiles local and ci only, not in {self.profile}: "
                "give RETAILFLOW_ISSUER the address of a real one"
            )
