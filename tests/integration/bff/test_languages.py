"""Pages in the reader's language."""

import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from bff.pages.languages import COOKIE
from cli.embedded.redis import RedisServer
from tests.factories.bff import CASHIER, OWNER, Face, Journey, journey

NAVIGATION = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.mark.parametrize(
    ("accepted", "language", "heading"),
    [
        ("fr", "en", "One graph for shops and online"),
        ("de-CH,en;q=0.5", "de", "Ein Graph für Läden und Onlineshop"),
        ("ja", "ja", "店舗とオンラインを一つのグラフで"),
    ],
)
async def test_a_page_is_in_the_language_the_browser_prefers(
    world: Journey, accepted: str, language: str, heading: str
):
    page = await world.browser().get(f"{world.bff}/", headers={"accept-language": accepted})

    assert f'<html lang="{language}">' in page.text
    assert f"<h1>{heading}</h1>" in page.text
    assert page.headers["content-language"] == language
    assert page.headers["vary"] == "Accept-Language, Cookie"
    assert COOKIE not in page.headers.get("set-cookie", "")


async def test_a_choice_is_kept_for_later_pages(world: Journey):
    browser = world.browser()
    english = await browser.get(f"{world.bff}/auth/signed-out")
    link = re.search(r'href="([^"]+)" lang="ja"', english.text)
    assert link is not None

    chosen = await browser.get(f"{world.bff}{link[1]}", headers={"accept-language": "de"})
    later = await browser.get(f"{world.bff}/auth/signed-out", headers={"accept-language": "de"})

    assert link[1] == "/auth/signed-out?lang=ja"
    assert "サインアウトしました" in chosen.text
    assert "サインアウトしました" in later.text
    assert re.search(r'lang="ja" hreflang="ja" aria-current="true"', later.text)


async def test_the_session_list_writes_moments_and_browsers_in_the_readers_language(world: Journey):
    browser = await world.signed_in()

    page = await browser.get(f"{world.bff}/auth/devices", headers={"accept-language": "de"})

    assert re.search(r"<time [^>]+>seit \d\d\.\d\d\.\d{4}, \d\d:\d\d UTC</time>", page.text)
    assert '<h2>Unbekannter Browser <span class="here">dieses Gerät</span></h2>' in page.text


async def test_the_start_page_names_roles_as_people_call_them(world: Journey):
    browser = await world.signed_in(CASHIER)

    page = await browser.get(f"{world.bff}/", headers={"accept-language": "ja"})

    assert "こんにちは、Chloe Barnes さん" in page.text
    assert "<li>レジ担当</li>" in page.text


async def test_a_refused_sign_in_says_why_in_the_readers_language(world: Journey):
    page = await world.browser().get(f"{world.bff}/auth/callback?state=other", headers={"accept-language": "de"})

    assert page.status == 400
    assert "Diese Anmeldung ist unbekannt, verbraucht oder zu alt." in page.text
    assert "<code>LOGIN_STATE_UNKNOWN</code>" in page.text
    # its address is no place to come back to
    assert 'href="/?lang=ja"' in page.text


async def test_whoever_opens_an_address_in_a_browser_reads_refusals_as_pages(world: Journey):
    missing = await world.browser().get(f"{world.bff}/nowhere", headers=NAVIGATION | {"accept-language": "de"})
    posted = await world.browser().get(f"{world.bff}/auth/logout", headers=NAVIGATION)
    forbidden = await (await world.signed_in()).post(
        f"{world.bff}/auth/logout", data={"form_token": "guessed"}, headers=NAVIGATION
    )

    assert (missing.status, missing.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "<h1>Diese Seite gibt es nicht</h1>" in missing.text
    assert "frame-ancestors 'none'" in missing.headers["content-security-policy"]
    assert (posted.status, posted.headers["allow"]) == (405, "POST")
    assert "<code>METHOD_NOT_ALLOWED</code>" in posted.text
    assert forbidden.status == 403
    assert "This form is not of your session any more." in forbidden.text


async def test_scripts_still_read_json(world: Journey):
    answers = [
        await world.browser().get(f"{world.bff}/nowhere", headers={"accept": accepted})
        for accepted in ("*/*", "application/json")
    ]
    session = await world.browser().get(f"{world.bff}/auth/session", headers=NAVIGATION)

    assert [(answer.status, answer.code) for answer in answers] == [(404, "NOT_FOUND")] * 2
    assert (session.status, session.json()["signed_in"]) == (401, False)


async def test_what_nobody_expected_is_a_page_that_gives_nothing_away(world: Journey, monkeypatch: pytest.MonkeyPatch):
    async def fails(_session_id: str | None) -> None:
        raise RuntimeError("the secret is in here")

    browser = await world.signed_in(OWNER)
    monkeypatch.setattr(type(world.parts.store), "find", staticmethod(fails))

    page = await browser.get(f"{world.bff}/", headers=NAVIGATION | {"accept-language": "ja"})

    assert (page.status, page.headers["content-type"]) == (500, "text/html; charset=utf-8")
    assert "問題が発生しました" in page.text
    assert "secret" not in page.text
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]


async def test_the_identity_provider_is_asked_for_the_readers_language(world: Journey):
    browser = world.browser()

    begun = await browser.get(f"{world.bff}/auth/login?lang=ja", headers={"accept-language": "de"})
    again = await browser.get(f"{world.bff}/auth/login", headers={"accept-language": "de"})

    asked = [parse_qs(urlsplit(answer.location).query)["ui_locales"] for answer in (begun, again)]
    assert asked == [["ja"], ["ja"]]


async def test_too_many_sign_ins_are_refused_with_a_page_that_says_when_to_come_again(
    face: Face, redis_server: RedisServer, tmp_path: Path
):
    async with journey(redis_server.url_of(9), tmp_path, face=face, rate_of_sign_in="1/hour") as world:
        await world.parts.redis.flushdb()
        browser = world.browser()
        asked = NAVIGATION | {"accept-language": "de"}
        answers = [await browser.get(f"{world.bff}/auth/login", headers=asked) for _ in range(2)]
        await world.parts.redis.flushdb()

        refused = answers[1]
        assert [answer.status for answer in answers] == [303, 429]
        assert "<h1>Zu viele Anfragen</h1>" in refused.text
        assert (refused.headers["retry-after"], refused.headers["ratelimit-remaining"]) == ("3600", "0")
