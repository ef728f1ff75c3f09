"""What pages say, in one catalogue per language: `catalogues/<language>.toml`."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Final, cast

from bff.pages.languages import Language

_UNKNOWN_ERROR: Final = "INTERNAL"


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of one language, by `<table>.<name>`."""

    language: Language
    said: Mapping[str, str]

    def __getitem__(self, key: str) -> str:
        """The text as it stands in the catalogue.

        Raises:
            KeyError: there is none.
        """
        return self.said[key]

    def say(self, key: str, **values: str) -> str:
        """The text with its places filled; plain, not HTML."""
        return self.said[key].format_map(values)

    def error(self, code: str) -> str:
        """What an error code means for a person; unknown codes are told as an unexpected failure."""
        return self.said.get(f"errors.{code}") or self.said[f"errors.{_UNKNOWN_ERROR}"]

    def role(self, name: str) -> str:
        """A role of the realm, as people call it."""
        return self.said.get(f"roles.{name}", name.replace("_", " "))

    def instant(self, moment: datetime) -> str:
        """A moment in UTC, written as the language writes it."""
        return moment.strftime(self.said["formats.instant"])


@cache
def texts_in(language: Language) -> Texts:
    """The catalogue of a language."""
    source = files("bff.pages").joinpath("catalogues", f"{language}.toml").read_text("utf-8")
    tables = cast("Mapping[str, Mapping[str, str]]", tomllib.loads(source))
    return Texts(language, {f"{table}.{name}": text for table, texts in tables.items() for name, text in texts.items()})
