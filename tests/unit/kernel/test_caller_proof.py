import time

import pytest

from kernel.caller_proof import (
    PROOF_HEADER,
    PROOF_SECONDS,
    CallerCheck,
    CallerNotProven,
    CallerProver,
    WeakCallerKey,
)

KEY, OTHER_KEY = "k" * 43, "o" * 43
HEADERS = {"authorization": "Bearer a.b.c", "x-retail-tenant": "lumen"}
BODY = b'{"query":"{ orders { nodes { id } } }"}'


def signed(subgraph: str = "orders", key: str = KEY) -> dict[str, str]:
    return {**HEADERS, PROOF_HEADER: CallerProver(subgraph, key).proof(HEADERS, BODY)}


def reason_of(headers: dict[str, str], body: bytes = BODY, *, keys: tuple[str, ...] = (KEY,)) -> str:
    """Why the subgraph `orders` refuses; empty if it does not."""
    try:
        CallerCheck("orders", keys).require(headers, body)
    except CallerNotProven as refusal:
        return refusal.reason
    return ""


def test_a_proof_about_this_request_is_accepted():
    assert reason_of(signed()) == ""


def test_a_call_for_nobody_is_proven_too():
    assert reason_of({PROOF_HEADER: CallerProver("orders", KEY).proof({}, BODY)}) == ""


@pytest.mark.parametrize(
    ("subgraph", "key", "changes", "body"),
    [
        ("payments", KEY, {}, BODY),
        ("orders", OTHER_KEY, {}, BODY),
        ("orders", KEY, {"authorization": "Bearer x.y.z"}, BODY),
        ("orders", KEY, {"x-retail-tenant": "sakura"}, BODY),
        ("orders", KEY, {"authorization": ""}, BODY),
        ("orders", KEY, {}, BODY.replace(b"orders", b"refund")),
        ("orders", KEY, {}, b""),
    ],
    ids=["subgraph", "key", "token", "tenant", "no token", "operation", "no body"],
)
def test_a_proof_about_something_else_is_forged(subgraph: str, key: str, changes: dict[str, str], body: bytes):
    assert reason_of(signed(subgraph, key) | changes, body) == "forged"


def test_what_moves_from_the_token_to_the_tenant_is_forged():
    moved = signed() | {"authorization": "Bearer a.b.c\nlumen", "x-retail-tenant": ""}

    assert reason_of(moved) == "forged"


@pytest.mark.parametrize(
    "proof",
    ["", "1", "1.2", "2.1700000000." + "a" * 64, "1.1700000000." + "a" * 63, "1.-1." + "a" * 64, "1.1e9." + "a" * 64,
     "1.9999999999999." + "a" * 64, "1.٣." + "a" * 64, "1.1700000000." + "é" * 64, "1.1.1." + "a" * 64],
)  # fmt: skip
def test_what_is_no_proof_is_malformed(proof: str):
    assert reason_of({**HEADERS, PROOF_HEADER: proof}) == "malformed"


def test_no_proof_is_missing():
    assert reason_of(HEADERS) == "missing"


@pytest.mark.parametrize(("age", "reason"), [(59, ""), (-59, ""), (62, "out_of_time"), (-62, "out_of_time")])
def test_a_proof_is_worth_something_for_a_minute(monkeypatch: pytest.MonkeyPatch, age: int, reason: str):
    headers, now = signed(), time.time()

    monkeypatch.setattr("time.time", lambda: now + age)

    assert PROOF_SECONDS == 60
    assert reason_of(headers) == reason


def test_a_changed_time_is_forged():
    version, moment, mac = signed()[PROOF_HEADER].split(".")

    assert reason_of({**HEADERS, PROOF_HEADER: f"{version}.{int(moment) + 1}.{mac}"}) == "forged"


def test_while_keys_rotate_the_old_and_the_new_one_are_accepted():
    both = (OTHER_KEY, KEY)

    assert [reason_of(signed(key=key), keys=both) for key in both] == ["", ""]
    assert reason_of(signed(key=KEY), keys=(OTHER_KEY,)) == "forged"


@pytest.mark.parametrize("keys", [[], [""], ["k" * 31], [KEY, "short"]], ids=str)
def test_a_key_that_could_be_guessed_is_refused(keys: list[str]):
    with pytest.raises(WeakCallerKey):
        CallerCheck("orders", keys)


def test_a_short_key_signs_nothing_and_is_not_told():
    with pytest.raises(WeakCallerKey) as refused:
        CallerProver("orders", "hush")

    assert "hush" not in str(refused.value)


def test_a_token_in_letters_beyond_latin_is_read_as_it_travels():
    sent = {"authorization": "Bearer 鍵"}
    received = {"authorization": "Bearer 鍵".encode().decode("latin-1")}

    proof = CallerProver("orders", KEY).proof(sent, BODY)

    assert reason_of({**received, PROOF_HEADER: proof}) == ""
