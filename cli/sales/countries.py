"""Country names as the sales file writes them, and the ISO 3166 codes the graph keeps; one name, one code."""

from collections.abc import Mapping
from typing import Final

# ZZ is ISO's user-assigned "unknown", EU is exceptionally reserved for the European Union. The Channel Islands are two
# countries in ISO (JE and GG) but one name in the file: JE stands for both, so that the way back is unambiguous.
COUNTRY_CODES: Final[Mapping[str, str]] = {
    "Australia": "AU",
    "Austria": "AT",
    "Bahrain": "BH",
    "Belgium": "BE",
    "Brazil": "BR",
    "Canada": "CA",
    "Channel Islands": "JE",
    "Cyprus": "CY",
    "Czech Republic": "CZ",
    "Denmark": "DK",
    "EIRE": "IE",
    "European Community": "EU",
    "Finland": "FI",
    "France": "FR",
    "Germany": "DE",
    "Greece": "GR",
    "Hong Kong": "HK",
    "Iceland": "IS",
    "Israel": "IL",
    "Italy": "IT",
    "Japan": "JP",
    "Lebanon": "LB",
    "Lithuania": "LT",
    "Malta": "MT",
    "Netherlands": "NL",
    "Norway": "NO",
    "Poland": "PL",
    "Portugal": "PT",
    "RSA": "ZA",
    "Saudi Arabia": "SA",
    "Singapore": "SG",
    "Spain": "ES",
    "Sweden": "SE",
    "Switzerland": "CH",
    "USA": "US",
    "United Arab Emirates": "AE",
    "United Kingdom": "GB",
    "Unspecified": "ZZ",
}
_NAMES: Final[Mapping[str, str]] = {code: name for name, code in COUNTRY_CODES.items()}


def country_name(code: str) -> str:
    """The file's name for `code`; a code the file does not know stands for itself."""
    return _NAMES.get(code, code)
