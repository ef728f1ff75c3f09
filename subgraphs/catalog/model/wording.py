"""Rules for the texts of the catalogue: SKUs, slugs, names."""

import re
import unicodedata
from typing import Final

from subgraphs.catalog.errors import Invalid

_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,118}[a-z0-9])?")
_NOT_IN_SLUG = re.compile(r"[^a-z0-9]+")
_WORD = re.compile(r"[^\W_]+")
_LINE_LENGTH: Final = 255
_SKU_LENGTH: Final = 64
_SLUG_LENGTH: Final = 100
# PostgreSQL stores no NUL, and the other controls only hide things
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def checked_line(text: str, field: str, longest: int = _LINE_LENGTH) -> str:
    """One line of text without surrounding blanks.

    Raises:
        Invalid: empty, longer than `longest`, or with line breaks or control characters.
    """
    line = checked_text(text, field, longest)
    if not line:
        raise Invalid("must not be empty", field=(field,))
    if "\n" in line or "\r" in line or "\t" in line:
        raise Invalid("must be one line", field=(field,))
    return line


def checked_text(text: str, field: str, longest: int) -> str:
    """Text, possibly empty, without surrounding blanks.

    Raises:
        Invalid: longer than `longest`, or with control characters other than tab and line breaks.
    """
    stripped = text.strip()
    if len(stripped) > longest:
        raise Invalid(f"must have at most {longest} characters", field=(field,))
    if _CONTROLS.search(stripped):
        raise Invalid("must not contain control characters", field=(field,))
    return stripped


def checked_sku(sku: str) -> str:
    """A SKU: one line of 1 to 64 characters, stored as given (shops tell `85123a` from `85123A`)."""
    return checked_line(sku, "sku", _SKU_LENGTH)


def checked_slug(slug: str) -> str:
    """A slug: lower-case letters, digits and dashes, at most 120, no dash at either end."""
    if not _SLUG.fullmatch(slug):
        raise Invalid("use lower-case letters, digits and dashes", field=("slug",))
    return slug


def slug_of(name: str) -> str:
    """The slug a name suggests; empty when it has no Latin letters or digits."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return _NOT_IN_SLUG.sub("-", plain).strip("-")[:_SLUG_LENGTH].rstrip("-")


def words_of(text: str) -> tuple[str, ...]:
    """The words of a text as search compares them: case and accents folded, punctuation gone."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    # only Latin accents: Japanese voicing marks make another letter
    folded = "".join(char for char in decomposed if not "\u0300" <= char <= "\u036f")
    return tuple(_WORD.findall(unicodedata.normalize("NFC", folded)))
