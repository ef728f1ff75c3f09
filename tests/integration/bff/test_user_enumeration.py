"""Nobody learns at sign-in who has an account: security.md N47, as work done and words said, not as time taken."""

import re

import pytest

from cli.development_provider import accounts
from tests.factories.bff import Journey, submit_login
from tests.factories.wrong_sign_ins import account_of, refused_names

NONCE = re.compile(r'nonce="[^"]*"')


async def test_n47_an_unknown_name_a_closed_account_and_a_wrong_password_look_and_cost_the_same(
    world: Journey, monkeypatch: pytest.MonkeyPatch
):
    names = refused_names(world.provider)
    derived: list[bytes] = []
    honest = accounts._derived

    def counting(password: str, salt: bytes) -> str:
        derived.append(salt)
        return honest(password, salt)

    monkeypatch.setattr(accounts, "_derived", counting)
    seen: dict[str, tuple[int, str]] = {}
    work: dict[str, int] = {}
    browser = world.browser()
    page = await browser.get((await browser.get(f"{world.bff}/auth/login")).location)
    for kind, username in names.items():
        before = len(derived)
        answer = await submit_login(browser, page, username, "a wrong password", statuses={401})
        seen[kind] = (answer.status, NONCE.sub("", answer.text).replace(username, "somebody"))
        work[kind] = len(derived) - before

    assert work == dict.fromkeys(names, 1)
    assert len(set(seen.values())) == 1
    assert account_of(world.provider, names["unknown"]) is None
