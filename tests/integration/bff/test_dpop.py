"""A till proves each request by the key it was enrolled with: security.md N45, after RFC 9449 §4.3."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from joserfc.jwk import OctKey

from tests.factories.bff import CASHIER, CSRF, POS, Answer, Browser, Journey, gathered, journey
from tests.factories.till_device import TillDevice, new_key, signed, unsigned

PATH = "/graphql"
PROOF, TOKEN = "invalid_dpop_proof", "invalid_token"


@pytest.fixture(scope="module")
async def tills(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Journey]:
    async with journey(redis_url, tmp_path_factory.mktemp("provider"), face=POS, replicas=3) as built:
        yield built


@pytest.fixture(scope="module")
async def browser(tills: Journey) -> Browser:
    return await tills.signed_in(CASHIER)


def till_of(browser: Browser) -> TillDevice:
    assert browser.till is not None
    return browser.till


async def asked(tills: Journey, browser: Browser, headers: Any, replica: int = 0) -> Answer:
    cookie = f"{tills.session_cookie}={browser.cookies[tills.session_cookie]}"
    sent = [*CSRF.items(), ("cookie", cookie), *(headers.items() if isinstance(headers, dict) else headers)]
    return await browser.post(f"{tills.bffs[replica]}{PATH}", json={"query": "{ me { subject } }"}, headers=sent)


def assert_refused(answer: Answer, error: str) -> None:
    assert (answer.status, answer.headers["www-authenticate"]) == (401, f'DPoP error="{error}", algs="ES256"')


async def test_a_proven_request_passes_on_every_replica(tills: Journey, browser: Browser):
    answers = [await asked(tills, browser, till_of(browser).headers("POST", PATH), replica) for replica in range(3)]

    assert [answer.status for answer in answers] == [200] * 3


def stolen_key(till: TillDevice) -> str:
    private = till.key.as_dict(private=True)
    members = {name: private[name] for name in ("kty", "crv", "x", "y", "d")}
    return till.proof("POST", PATH, {"jwk": members})


def by_another_key(till: TillDevice) -> str:
    header = {"typ": "dpop+jwt", "alg": "ES256", "jwk": till.public_jwk}
    return signed(header, till.claims("POST", PATH), new_key())


def symmetric(till: TillDevice) -> str:
    key = OctKey.import_key("a-key-that-both-sides-would-know")
    header = {"typ": "dpop+jwt", "alg": "HS256", "jwk": {"kty": "oct", "k": "YQ"}}
    return signed(header, till.claims("POST", PATH), key)


def without_signature(till: TillDevice) -> str:
    return unsigned({"typ": "dpop+jwt", "alg": "none", "jwk": till.public_jwk}, till.claims("POST", PATH))


def tampered(till: TillDevice) -> str:
    head, _, tail = till.proof("POST", PATH).split(".")
    return f"{head}.{till.proof('POST', PATH).split('.')[1]}.{tail}"


FORGERIES: dict[str, Callable[[TillDevice], str]] = {
    "wrong htm": lambda till: till.proof("GET", PATH),
    "htm in lower case": lambda till: till.proof("post", PATH),
    "no htm": lambda till: till.proof("POST", PATH, htm=None),
    "wrong path": lambda till: till.proof("POST", "/till"),
    "wrong host": lambda till: till.proof("POST", PATH, htu="https://evil.example/graphql"),
    "no htu": lambda till: till.proof("POST", PATH, htu=None),
    "htu is no text": lambda till: till.proof("POST", PATH, htu=7),
    "stale": lambda till: till.proof("POST", PATH, iat=int(time.time()) - 90),
    "from the future": lambda till: till.proof("POST", PATH, iat=int(time.time()) + 90),
    "no iat": lambda till: till.proof("POST", PATH, iat=None),
    "iat is a text": lambda till: till.proof("POST", PATH, iat=str(int(time.time()))),
    "iat is true": lambda till: till.proof("POST", PATH, iat=True),
    "no jti": lambda till: till.proof("POST", PATH, jti=None),
    "empty jti": lambda till: till.proof("POST", PATH, jti=""),
    "overlong jti": lambda till: till.proof("POST", PATH, jti="x" * 200),
    "no ath": lambda till: till.proof("POST", PATH, ath=None),
    "wrong ath": lambda till: till.proof("POST", PATH, ath="A" * 43),
    "wrong typ": lambda till: till.proof("POST", PATH, {"typ": "JWT"}),
    "no typ": lambda till: till.proof("POST", PATH, {"typ": None}),
    "no jwk": lambda till: till.proof("POST", PATH, {"jwk": None}),
    "a kid beside the key": lambda till: till.proof("POST", PATH, {"kid": "other"}),
    "a private key in jwk": stolen_key,
    "signed by another key": by_another_key,
    "alg none": without_signature,
    "symmetric": symmetric,
    "tampered": tampered,
    "no token at all": lambda _till: "x",
    "not ASCII": lambda _till: "proof.proof.pr%C3%B6öf",
    "huge": lambda till: till.proof("POST", PATH, padding="x" * 5000),
}


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES)
async def test_n45_a_bad_proof_is_refused(tills: Journey, browser: Browser, forge: Callable[[TillDevice], str]):
    till, before = till_of(browser), len(tills.router.requests)

    answer = await asked(tills, browser, {"authorization": f"DPoP {till.token}", "dpop": forge(till)})

    assert_refused(answer, PROOF)
    assert len(tills.router.requests) == before


async def test_n45_a_proof_is_good_once_whatever_replica_it_is_sent_to(tills: Journey, browser: Browser):
    headers = till_of(browser).headers("POST", PATH)

    answers = await gathered(*(asked(tills, browser, headers, number % 3) for number in range(9)))

    assert sorted(answer.status for answer in answers) == [200, *[401] * 8]


async def test_n45_two_proofs_or_none_are_refused(tills: Journey, browser: Browser):
    till = till_of(browser)
    token = ("authorization", f"DPoP {till.token}")
    proofs = [("dpop", till.proof("POST", PATH)) for _ in range(2)]

    for headers in ([token, *proofs], [token]):
        assert_refused(await asked(tills, browser, headers), PROOF)


async def test_n45_the_token_of_another_till_is_of_no_use(tills: Journey, browser: Browser):
    thief = TillDevice(tills.settings.public_url, token=till_of(browser).token)

    assert_refused(await asked(tills, browser, thief.headers("POST", PATH)), TOKEN)


async def test_a_cookie_is_of_no_use_at_another_till(tills: Journey, browser: Browser):
    other = await tills.signed_in("manager@lumen.example")
    before = len(tills.router.requests)

    answer = await asked(tills, browser, till_of(other).headers("POST", PATH))

    assert (answer.status, answer.code) == (401, "UNAUTHENTICATED")
    assert len(tills.router.requests) == before


@pytest.mark.parametrize("scheme", ["Bearer {}", "DPoP {}x", "DPoP", "{}", "DPoP x", ""])
async def test_n45_without_a_token_of_ours_nothing_passes(tills: Journey, browser: Browser, scheme: str):
    till = till_of(browser)

    answer = await asked(tills, browser, {"authorization": scheme.format(till.token), "dpop": till.proof("POST", PATH)})

    assert_refused(answer, TOKEN)


async def test_a_lost_till_is_dead_within_a_second_on_every_replica_and_its_sessions_end(tills: Journey):
    browser = await tills.signed_in(CASHIER)
    till = till_of(browser)
    session = await tills.session_of(browser)
    before = [await asked(tills, browser, till.headers("POST", PATH), replica) for replica in range(3)]

    tills.router.devices[till.device_id]["status"] = "REVOKED"
    revoked_at = time.monotonic()
    statuses: list[list[int]] = []
    while not statuses or statuses[-1] != [401] * 3:
        answers = await gathered(*(asked(tills, browser, till.headers("POST", PATH), replica) for replica in range(3)))
        statuses.append([answer.status for answer in answers])
        assert time.monotonic() - revoked_at < 1.0, statuses

    assert [answer.status for answer in before] == [200] * 3
    assert not await tills.is_alive(browser)
    form = {"grant_type": "refresh_token", "refresh_token": session.refresh_token or ""}
    assert (await tills.token_request(**form)).json()["error"] == "invalid_grant"


async def test_an_open_answer_ends_when_the_till_is_revoked(tills: Journey):
    browser = await tills.signed_in(CASHIER)
    till = till_of(browser)

    async def parts() -> AsyncIterator[bytes]:
        yield b"first"
        await asyncio.Event().wait()

    tills.router.parts = parts
    headers = {
        **tills.own_headers(browser, "POST", PATH),
        "cookie": f"{tills.session_cookie}={browser.cookies[tills.session_cookie]}",
    }
    url = f"{tills.bffs[1]}{PATH}"
    try:
        async with asyncio.timeout(5), tills.http.post(url, json={"query": "{ me }"}, headers=headers) as response:
            first = await response.content.readany()
            tills.router.devices[till.device_id]["status"] = "REVOKED"
            revoked_at = time.monotonic()
            rest = await response.content.read()
            seconds = time.monotonic() - revoked_at
    finally:
        tills.router.parts = None

    assert (response.status, first, rest) == (200, b"first", b"")
    assert seconds < 1.5


async def test_while_the_graph_does_not_answer_nobody_is_let_in(tills: Journey, browser: Browser):
    till, parts = till_of(browser), tills.apps[0].state.parts
    url, parts.upstream._url = parts.upstream._url, "http://127.0.0.1:1/graphql"
    parts.gate.devices._asked.clear()

    answer = await asked(tills, browser, till.headers("POST", PATH))

    parts.upstream._url = url
    parts.gate.devices._asked.clear()
    assert answer.status == 503
    assert (await asked(tills, browser, till.headers("POST", PATH))).status == 200
