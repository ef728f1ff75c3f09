"""What every answer and every page forbids browsers to do: the list of the OWASP Secure Headers Project."""

import re
from pathlib import Path

import pytest

from tests.factories.bff import CASHIER, CSRF, OWNER, POS, WEB, Answer, Journey, journey, policy_of

ALWAYS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "x-permitted-cross-domain-policies": "none",
    "x-dns-prefetch-control": "off",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-embedder-policy": "require-corp",
    "cross-origin-resource-policy": "same-origin",
}


async def pages_of(world: Journey) -> dict[str, Answer]:
    """Each page that the BFF shows without a till's own key."""
    html = {"accept": "text/html"}
    nobody, somebody = world.browser(), await world.signed_in(OWNER)
    pages = {
        "welcome": await nobody.get(f"{world.bff}/"),
        "signed out": await nobody.get(f"{world.bff}/auth/signed-out"),
        "refused": await nobody.get(f"{world.bff}/auth/callback?state=x"),
        "missing": await nobody.get(f"{world.bff}/nowhere", headers=html),
        "forbidden": await nobody.post(f"{world.bff}/auth/logout", headers=html),
        "start": await somebody.get(f"{world.bff}/"),
        "devices": await somebody.get(f"{world.bff}/auth/devices"),
    }
    if world.face is POS:
        pages["till"] = await somebody.get(f"{world.bff}/till/screen")
    else:
        pages["graphiql missing"] = await somebody.get(f"{world.bff}/graphiql")
    return pages


async def test_every_page_lets_in_only_what_carries_its_own_nonce(world: Journey):
    nonces: set[str] = set()
    for name, answer in (await pages_of(world)).items():
        policy = policy_of(answer)
        (nonce,) = set(re.findall(r'nonce="([^"]*)"', answer.text))
        loaded = re.findall(r"<(?:script|link rel=\"stylesheet\")[^>]*>", answer.text)

        assert policy["default-src"] == ["'none'"], name
        assert policy["style-src"] == [f"'nonce-{nonce}'"], name
        assert policy.get("script-src") == ([f"'nonce-{nonce}'"] if name == "till" else None)
        assert (policy["base-uri"], policy["frame-ancestors"]) == (["'none'"], ["'none'"])
        assert policy["form-action"] == ["'self'", *([] if name == "till" else [world.provider_url])]
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert [tag for tag in loaded if f'nonce="{nonce}"' not in tag] == []
        assert not re.search(r"<style|\bstyle=|\son\w+=|javascript:", answer.text)
        assert len(nonce) >= 22
        nonces.add(nonce)
    assert len(nonces) == len(await pages_of(world))


async def test_every_answer_carries_the_headers(world: Journey):
    browser = await world.signed_in(CASHIER)
    answers = {
        **await pages_of(world),
        "session": await browser.get(f"{world.bff}/auth/session"),
        "graph": await world.graphql(browser),
        "refusal": await browser.post(f"{world.bff}/graphql"),
        "login": await browser.get(f"{world.bff}/auth/login"),
        "asset": await browser.get(f"{world.bff}/assets/site.css"),
        "health": await browser.get(f"{world.bff}/health/live"),
    }

    for name, answer in answers.items():
        assert {header: answer.headers.get(header) for header in ALWAYS} == ALWAYS, name
        assert answer.headers["referrer-policy"] in {"no-referrer", "same-origin"}
        assert policy_of(answer)["default-src"] == ["'none'"]
        assert re.fullmatch(r"(?:[a-z-]+=\(\), )+[a-z-]+=\(\)", answer.headers["permissions-policy"])
        assert "strict-transport-security" not in answer.headers
        assert "server" not in answer.headers
        assert (answer.headers["cache-control"] == "no-store") is (name != "asset"), name


@pytest.mark.parametrize(
    ("is_for_subdomains", "told"), [(True, "max-age=63072000; includeSubDomains"), (False, "max-age=63072000")]
)
async def test_over_tls_browsers_are_told_to_stay_there_for_two_years(
    redis_url: str, tmp_path: Path, is_for_subdomains: bool, told: str
):
    for face in (WEB, POS):
        over_tls = {f"{face.kind}_url": "https://shop.example", "hsts_for_subdomains": is_for_subdomains}
        async with journey(redis_url, tmp_path, face=face, **over_tls) as world:
            browser = world.browser()

            answers = [
                await browser.get(f"{world.bff}/"),
                await browser.post(f"{world.bff}/graphql", json={}, headers=CSRF),
                await browser.get(f"{world.bff}/assets/site.css"),
            ]

            assert [answer.headers["strict-transport-security"] for answer in answers] == [told] * 3
