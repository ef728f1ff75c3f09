"""What the POS BFF reads from the environment besides what every BFF reads."""

from collections.abc import Mapping
from typing import ClassVar

from pydantic import SecretStr

from bff.session.cookies import Cookies
from bff.session.rate import Rate, RateSetting
from bff.session.settings import BffSettings


class PosSettings(BffSettings):
    """Settings of the POS BFF, from `RETAILFLOW_*`.

    Attributes:
        pos_bff_secret: the client secret of `pos-bff`, the same variable that the realm file reads.
        pos_url: see `BffSettings.public_url`.
        till_lock_seconds: a till that nobody uses for so long asks for a PIN.
        rate_of_devices: requests of one address that enrol a device, or renew its token.
        rate_of_switches: PINs given from one address, which may be that of a whole shop.
    """

    kind: ClassVar[str] = "pos"
    cookies: ClassVar[Cookies] = Cookies("__Host-retailflow-till", "__Host-retailflow-till-login")

    pos_bff_secret: SecretStr
    pos_client_id: str = "pos-bff"
    pos_url: str = "http://127.0.0.1:8001"
    till_lock_seconds: int = 300
    rate_of_devices: RateSetting = Rate(120, 60)
    rate_of_switches: RateSetting = Rate(120, 60)

    @property
    def public_url(self) -> str:
        """See `BffSettings`."""
        return self.pos_url

    @property
    def client_id(self) -> str:
        """See `BffSettings`."""
        return self.pos_client_id

    @property
    def client_secret(self) -> str:
        """See `BffSettings`."""
        return self.pos_bff_secret.get_secret_value()

    @property
    def rates_of_paths(self) -> Mapping[str, Rate]:
        """See `BffSettings`."""
        return {**super().rates_of_paths, "/device/": self.rate_of_devices, "/till/switch": self.rate_of_switches}
