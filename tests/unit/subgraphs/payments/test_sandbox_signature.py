import pytest
from hypothesis import given
from hypothesis import strategies as st

from subgraphs.payments.adapters.sandbox_signature import TOLERANCE_SECONDS, is_genuine, sign

NOW = 1_800_000_000


@given(st.binary(max_size=64), st.integers(-TOLERANCE_SECONDS, TOLERANCE_SECONDS))
def test_what_was_signed_within_the_tolerance_is_genuine(body: bytes, age: int):
    assert is_genuine("secret", sign("secret", body, at=NOW - age), body, now=NOW) is True


@pytest.mark.parametrize("age", [TOLERANCE_SECONDS + 1, -TOLERANCE_SECONDS - 1])
def test_what_is_older_or_newer_is_not(age: int):
    assert is_genuine("secret", sign("secret", b"x", at=NOW - age), b"x", now=NOW) is False


@given(st.text(max_size=80))
def test_any_other_header_is_refused_without_an_error(header: str):
    assert is_genuine("secret", header, b"x", now=NOW) is False


def test_while_the_secret_changes_either_signature_is_enough():
    old, new = sign("old", b"x", at=NOW), sign("new", b"x", at=NOW)

    assert is_genuine("new", f"{old},{new.split(',')[1]}", b"x", now=NOW) is True
    assert is_genuine("third", f"{old},{new.split(',')[1]}", b"x", now=NOW) is False
