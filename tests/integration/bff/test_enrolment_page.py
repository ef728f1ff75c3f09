"""The page on which a manager makes a code for a till."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from html import unescape

import pytest
import segno

from bff import pages
from bff.pos.tills import _CODE_SECONDS
from kernel.ids import encode_global_id, uuid7
from tests.factories.bff import CASHIER, FIRST_STORE, POS, Answer, Browser, Journey, journey
from tests.integration.bff.test_till import MANAGER, STORE, manager_at, open_key, signed_in_only, subject_of

PATH = "/device/enrolment"


@pytest.fixture
async def tills(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Journey]:
    async with journey(redis_url, tmp_path_factory.mktemp("provider"), face=POS, replicas=2) as built:
        yield built


async def form_of(tills: Journey, browser: Browser) -> dict[str, str]:
    page = await browser.get(f"{tills.bff}{PATH}")
    assert page.status == 200, page.text
    (token,) = re.findall(r'name="form_token" value="([^"]+)"', page.text)
    return {"form_token": unescape(token), "store_id": STORE, "name": "Till 7"}


async def sent(tills: Journey, browser: Browser, form: dict[str, str], **headers: str) -> Answer:
    return await browser.post(f"{tills.bff}{PATH}", data=form, headers=headers)


async def test_the_picture_is_the_address_with_the_code_that_is_written_below(tills: Journey):
    manager = await manager_at(tills)

    page = await sent(tills, manager, await form_of(tills, manager))
    (code,) = re.findall(r'<p class="code" translate="no">([^<]+)</p>', page.text)
    address = f"{tills.settings.public_url}/till/screen#enrol={code.replace('-', '')}"
    drawn = segno.make_qr(address, error="m").svg_inline(
        scale=5, dark="#000", light="#fff", svgclass="qr", omitsize=True
    )

    assert page.status == 200
    assert drawn in page.text
    assert f'href="{address}"' in page.text
    assert page.headers["cache-control"] == "no-store"


def test_the_page_takes_the_code_away_when_it_has_ended():
    lasting = re.findall(r"animation: [a-z-]+ (?:0s )?(\d+)s", pages.asset("site.css"))

    assert lasting == [str(_CODE_SECONDS)] * 3


async def test_only_the_managers_own_stores_are_offered(tills: Journey):
    manager = await manager_at(tills)
    offered = re.findall(r'<option value="([^"]+)">([^<]+)</option>', (await manager.get(f"{tills.bff}{PATH}")).text)

    assert offered == [(encode_global_id("Store", FIRST_STORE), "Harbour Street")]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"store_id": encode_global_id("Store", uuid7())}, "NOT_YOUR_STORE"),
        ({"store_id": "nonsense"}, "NOT_YOUR_STORE"),
        ({"name": "  "}, "BAD_USER_INPUT"),
        ({"name": "x" * 81}, "BAD_USER_INPUT"),
        ({"form_token": "another"}, "FORM_TOKEN_REQUIRED"),
    ],
)
async def test_what_the_form_does_not_offer_makes_no_code(tills: Journey, changes: dict[str, str], code: str):
    manager = await manager_at(tills)
    before = await tills.parts.redis.keys("bff:pos:enrolment:*")

    refused = await sent(tills, manager, await form_of(tills, manager) | changes)

    assert (refused.status, refused.code) == (403 if code == "FORM_TOKEN_REQUIRED" else 400, code)
    assert await tills.parts.redis.keys("bff:pos:enrolment:*") == before


async def test_a_form_of_another_site_makes_no_code(tills: Journey):
    manager = await manager_at(tills)

    refused = await sent(tills, manager, await form_of(tills, manager), origin="https://evil.example")

    assert (refused.status, refused.code) == (403, "CROSS_SITE_REQUEST")


async def test_a_cashier_gets_no_form_and_a_stranger_signs_in_first(tills: Journey):
    cashier = await signed_in_only(tills, CASHIER)

    refused = await cashier.get(f"{tills.bff}{PATH}", headers={"accept": "text/html"})
    sent_on = await tills.browser().get(f"{tills.bff}{PATH}")

    assert (refused.status, "FORBIDDEN" in refused.text) == (403, True)
    assert (sent_on.status, sent_on.location) == (303, f"{tills.bff}/auth/login?return_to={PATH}")


async def test_a_manager_without_a_second_factor_gives_one_first_and_comes_back(tills: Journey):
    manager = await signed_in_only(tills, MANAGER)

    sent_on = await manager.get(f"{tills.bff}{PATH}")
    done = await tills.stepped_up(manager, PATH)
    form = await manager.get(done.location)

    assert (sent_on.status, sent_on.location) == (
        303,
        f"{tills.bff}/auth/login?step_up=otp&return_to=%2Fdevice%2Fenrolment",
    )
    assert (done.location, form.status) == (f"{tills.bff}{PATH}", 200)


async def test_a_second_factor_that_got_old_over_the_form_leads_to_another_one(tills: Journey):
    manager = await manager_at(tills)
    form = await form_of(tills, manager)
    session = await tills.session_of(manager)
    aged = replace(session.second_factor, given_at=session.second_factor.given_at - 901)
    assert await tills.parts.store.replace(manager.cookies[tills.session_cookie], replace(session, second_factor=aged))
    before = await tills.parts.redis.keys("bff:pos:enrolment:*")

    refused = await sent(tills, manager, form, accept="text/html")

    assert (refused.status, "STEP_UP_REQUIRED" in refused.text) == (403, True)
    assert 'href="/auth/login?step_up=otp"' in refused.text
    assert await tills.parts.redis.keys("bff:pos:enrolment:*") == before


async def at_work_at(tills: Journey, till: Browser) -> str | None:
    view = await till.get(f"{tills.bff}/till", headers=tills.own_headers(till, "GET", "/till"))
    return view.json()["at_work"]


async def test_the_till_says_who_is_at_work_and_asking_keeps_nobody_there(tills: Journey):
    till = await tills.signed_in(CASHIER)
    assert till.till is not None
    opened = open_key(till.till.device_id)
    await tills.parts.redis.expire(opened, 60)

    first = await at_work_at(tills, till)
    seconds_left = await tills.parts.redis.ttl(opened)
    await till.post(f"{tills.bff}/till/lock", headers=tills.own_headers(till, "POST", "/till/lock"))

    assert (first, await at_work_at(tills, till)) == (subject_of(tills, CASHIER), None)
    assert seconds_left <= 60
