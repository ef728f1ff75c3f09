"""The languages of the pages, and which of them a person reads: their choice, else what their browser asks for."""

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Final

from starlette.requests import Request
from starlette.responses import Response


class Language(StrEnum):
    """A language that every page is written in."""

    ENGLISH = "en"
    GERMAN = "de"
    JAPANESE = "ja"


#: each language by its own name, in the order pages offer them
OWN_NAMES: Final[Mapping[Language, str]] = {
    Language.ENGLISH: "English",
    Language.GERMAN: "Deutsch",
    Language.JAPANESE: "日本語",
}
CHOICE: Final = "lang"
COOKIE: Final = "__Host-retailflow-lang"

_YEAR_SECONDS: Final = 31_536_000
_MAX_HEADER_LENGTH: Final = 1024
_ANY: Final = "*"
# RFC 9110 §12.5.4 and §12.4.2: a language range with an optional weight of at most three decimals
_RANGE: Final = re.compile(
    r"\s*(?P<tag>\*|[a-z]{1,8}(?:-[a-z0-9]{1,8})*)\s*(?:;\s*q\s*=\s*(?P<weight>0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*)?",
    re.IGNORECASE,
)


def language_of(request: Request) -> Language:
    """What the query chooses, what was chosen before, what the caller of a sign-in or the browser prefers."""
    return (
        chosen(request)
        or _known(request.cookies.get(COOKIE))
        or _first_known(request.query_params.get("ui_locales", "").split())
        or negotiated(request.headers.get("accept-language", ""))
        or Language.ENGLISH
    )


def chosen(request: Request) -> Language | None:
    """The language that the query chooses, if it is one of ours."""
    return _known(request.query_params.get(CHOICE))


def remember(request: Request, response: Response) -> None:
    """Keep a choice for a year; nothing else is ever written into the cookie."""
    language = chosen(request)
    if language is not None:
        response.set_cookie(
            COOKIE, language, max_age=_YEAR_SECONDS, path="/", secure=True, httponly=True, samesite="lax"
        )


def negotiated(accepted: str) -> Language | None:
    """The language that an `Accept-Language` header prefers (RFC 4647 §3.4: `de-AT` is answered with `de`)."""
    weights = dict(_ranges(accepted[:_MAX_HEADER_LENGTH]))
    refused = {tag for tag, weight in weights.items() if weight == 0}
    for tag in sorted(weights, key=lambda tag: -weights[tag]):
        wanted = Language if tag == _ANY else [language for language in Language if _is_answered(tag, language)]
        for language in wanted:
            if tag not in refused and language not in refused:
                return language
    return None


def _ranges(accepted: str) -> Iterator[tuple[str, float]]:
    for part in accepted.split(","):
        found = _RANGE.fullmatch(part)
        if found is not None:
            yield found["tag"].lower(), float(found["weight"] or 1)


def _is_answered(tag: str, language: Language) -> bool:
    return tag == language or tag.startswith(f"{language}-")


def _first_known(tags: list[str]) -> Language | None:
    """OpenID Connect Core §3.1.2.1: `ui_locales` is ordered by preference."""
    return next((language for tag in tags for language in Language if _is_answered(tag.lower(), language)), None)


def _known(value: str | None) -> Language | None:
    return Language(value) if value in set(Language) else None
