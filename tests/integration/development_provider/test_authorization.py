import re
from html import unescape
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest

from bff.session.pkce import new_verifier
from tests.factories.bff import OWNER, PASSWORD, submit_login

WRONG_PASSWORD = "wrong"


async def test_the_login_page_says_what_it_is_and_lists_the_demo_logins(identity):
    page = await identity.browser().get(identity.authorization_url(new_verifier()))

    assert page.status == 200
    assert "Development only." in page.text
    assert page.text.count('class="pick"') == 25
    assert "form-action 'self' http://127.0.0.1:9" in page.headers["content-security-policy"]
    assert "script-src" not in page.headers["content-security-policy"]
    assert page.headers["cache-control"] == "no-store"


async def test_a_wrong_password_is_refused_without_a_session(identity):
    browser = identity.browser()
    page = await browser.get(identity.authorization_url(new_verifier()))

    for username in (OWNER, "nobody@lumen.example", "service-account-saga-worker"):
        with pytest.raises(AssertionError, match="User name or password is wrong"):
            await submit_login(browser, page, username, WRONG_PASSWORD)

    assert browser.seen[-1].status == 401
    assert browser.cookies == {}


@pytest.mark.parametrize(
    "changes",
    [
        {"code_challenge": None},
        {"code_challenge_method": None},
        {"code_challenge_method": "plain"},
        {"response_type": "token"},
        {"response_type": "id_token"},
        {"scope": "profile"},
    ],
)
async def test_an_unsafe_request_is_sent_back_with_an_error(identity, changes):
    answer = await identity.browser().get(identity.authorization_url(new_verifier(), **changes))

    returned = parse_qs(urlsplit(answer.location).query)
    assert answer.status == 303
    assert returned["iss"] == [identity.provider.issuer]
    assert returned["state"] == ["state-1"]
    assert "code" not in returned


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "unknown"},
        {"client_id": "saga-worker"},
        {"redirect_uri": "https://evil.example/auth/callback"},
        {"redirect_uri": "http://127.0.0.1:9/auth/callback/"},
        {"redirect_uri": "http://127.0.0.1:9/auth/callback?next=x"},
        {"redirect_uri": None},
    ],
)
async def test_nobody_is_sent_to_an_address_that_is_not_registered(identity, changes):
    answer = await identity.browser().get(identity.authorization_url(new_verifier(), **changes))

    assert answer.status == 400
    assert "location" not in answer.headers


async def test_a_browser_that_is_signed_in_is_not_asked_again(identity):
    browser = identity.browser()
    await identity.code(new_verifier(), browser)

    again = await browser.get(identity.authorization_url(new_verifier()))
    asked = await browser.get(identity.authorization_url(new_verifier(), prompt="login"))

    assert (again.status, asked.status) == (303, 200)


async def test_the_login_form_of_another_site_is_refused(identity):
    browser = identity.browser()
    page = await browser.get(identity.authorization_url(new_verifier()))
    url = f"{identity.provider.issuer}/login-actions/authenticate"

    answer = await browser.post(
        url, data={"request": urlsplit(page.url).query}, headers={"origin": "https://evil.example"}
    )

    assert answer.status == 403
    assert browser.cookies == {}


async def test_the_description_matches_what_is_served(identity):
    answer = await identity.browser().get(f"{identity.provider.issuer}/.well-known/openid-configuration")

    found = answer.json()
    assert found["issuer"] == identity.provider.issuer
    assert found["code_challenge_methods_supported"] == ["S256"]
    assert found["authorization_response_iss_parameter_supported"] is True
    for name in ("authorization_endpoint", "jwks_uri", "userinfo_endpoint", "end_session_endpoint"):
        assert (await identity.browser().get(found[name])).status != 404
    for name in ("token_endpoint", "revocation_endpoint"):
        assert (await identity.browser().post(found[name])).status == 401


async def test_the_login_page_speaks_the_language_that_the_application_asks_for(identity):
    browser = identity.browser()
    page = await browser.get(
        identity.authorization_url(new_verifier(), ui_locales="ja"), headers={"accept-language": "de"}
    )

    with pytest.raises(AssertionError, match="ユーザー名またはパスワードが違います。"):
        await submit_login(browser, page, OWNER, WRONG_PASSWORD)

    assert "デモ用アカウント" in page.text


async def test_a_choice_on_the_login_page_leaves_the_sign_in_as_it_is(identity):
    browser = identity.browser()
    page = await browser.get(identity.authorization_url(new_verifier()))
    link = re.search(r'href="([^"]+)" lang="de"', page.text)
    assert link is not None

    german = await browser.get(urljoin(page.url, unescape(link[1])))
    answer = await submit_login(browser, german, OWNER, PASSWORD)

    assert "Benutzername" in german.text
    assert parse_qs(urlsplit(answer.location).query)["state"] == ["state-1"]
