"""Which language a page is in."""

import pytest
from starlette.requests import Request
from starlette.responses import Response

from bff.pages.languages import COOKIE, Language, language_of, negotiated, remember


def request(query: str = "", **headers: str) -> Request:
    sent = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "GET", "path": "/", "query_string": query.encode(), "headers": sent})


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("de", Language.GERMAN),
        ("de-AT", Language.GERMAN),
        ("DE-at;q=0.8", Language.GERMAN),
        ("ja-JP,ja;q=0.9,en-US;q=0.8,en;q=0.7", Language.JAPANESE),
        ("en;q=0.5,de;q=0.8,ja;q=0.7", Language.GERMAN),
        ("fr-CH, fr;q=0.9, ja;q=0.2", Language.JAPANESE),
        ("de;q=0, ja;q=0.1", Language.JAPANESE),
        ("*", Language.ENGLISH),
        ("en;q=0, *;q=0.5", Language.GERMAN),
        ("en , ja ; q = 0.9", Language.ENGLISH),
        ("de;q=2, ja", Language.JAPANESE),
        ("de;q=0.1234, en;q=0.1", Language.ENGLISH),
        ("dex, ja;q=0.1", Language.JAPANESE),
        ("fr", None),
        ("", None),
        ("de;q=0", None),
        ("<script>", None),
        ("x," * 600 + "de", None),
    ],
)
def test_the_browsers_order_of_languages_counts(accepted: str, language: Language | None):
    assert negotiated(accepted) is language


def test_a_choice_beats_the_cookie_beats_the_callers_wish_beats_the_browser():
    cookie = f"{COOKIE}=ja"

    assert language_of(request("lang=de&ui_locales=en", cookie=cookie, accept_language="en")) is Language.GERMAN
    assert language_of(request("ui_locales=de", cookie=cookie, accept_language="en")) is Language.JAPANESE
    assert language_of(request("ui_locales=fr+de-AT+en", accept_language="ja")) is Language.GERMAN
    assert language_of(request(accept_language="ja")) is Language.JAPANESE
    assert language_of(request()) is Language.ENGLISH


@pytest.mark.parametrize("unknown", ["fr", "DE", "de-AT", "", "../de", "de%0d%0aset-cookie:%20a=b"])
def test_what_is_no_language_of_ours_is_neither_spoken_nor_remembered(unknown: str):
    given = request(f"lang={unknown}", cookie=f"{COOKIE}={unknown}", accept_language="ja")
    response = Response()

    remember(given, response)

    assert language_of(given) is Language.JAPANESE
    assert "set-cookie" not in response.headers


def test_a_choice_is_remembered_for_a_year_at_this_host_only():
    response = Response()

    remember(request("lang=ja"), response)

    assert response.headers["set-cookie"] == (
        "__Host-retailflow-lang=ja; HttpOnly; Max-Age=31536000; Path=/; SameSite=lax; Secure"
    )
