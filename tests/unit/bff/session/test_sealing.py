import base64
import os

import pytest

from bff.session.sealing import Sealer, Unsealable, decode_key

KEY = bytes(range(32))


def test_what_was_sealed_can_be_unsealed_in_its_place():
    sealer = Sealer(KEY)

    assert sealer.unseal(sealer.seal(b"token", "here"), "here") == b"token"


def test_the_same_text_is_sealed_differently_each_time():
    sealer = Sealer(KEY)

    assert len({sealer.seal(b"token", "here") for _ in range(1000)}) == 1000


@pytest.mark.parametrize("change", ["place", "key", "bit", "cut", "nothing"])
def test_changed_or_moved_bytes_are_refused(change: str):
    sealed = Sealer(KEY).seal(b"token", "here")
    sealer = Sealer(os.urandom(32)) if change == "key" else Sealer(KEY)
    place = "there" if change == "place" else "here"
    if change == "bit":
        sealed = sealed[:-1] + bytes([sealed[-1] ^ 1])
    if change == "cut":
        sealed = sealed[:20]
    if change == "nothing":
        sealed = b""

    with pytest.raises(Unsealable):
        sealer.unseal(sealed, place)


def test_a_form_token_belongs_to_one_session_and_one_key():
    sealer = Sealer(KEY)
    token = sealer.form_token("session")

    assert sealer.is_form_token(token, "session")
    assert not sealer.is_form_token(token, "other")
    assert not sealer.is_form_token("", "session")
    assert not sealer.is_form_token("ü", "session")
    assert not Sealer(os.urandom(32)).is_form_token(token, "session")


def test_the_former_key_opens_what_it_sealed_and_seals_nothing_more():
    former, current = Sealer(KEY), Sealer(bytes(32), KEY)

    assert current.unseal(former.seal(b"token", "here"), "here") == b"token"
    assert current.is_form_token(former.form_token("session"), "session")
    assert not current.is_form_token(former.form_token("session"), "other")
    assert not former.is_form_token(current.form_token("session"), "session")
    with pytest.raises(Unsealable):
        former.unseal(current.seal(b"token", "here"), "here")
    with pytest.raises(Unsealable):
        current.unseal(former.seal(b"token", "here"), "there")


def test_a_key_is_32_bytes_in_base64url():
    assert decode_key(base64.urlsafe_b64encode(KEY).decode()) == KEY
    assert decode_key(base64.urlsafe_b64encode(KEY).decode().rstrip("=")) == KEY


@pytest.mark.parametrize("text", ["", "short", "!" * 43, base64.urlsafe_b64encode(bytes(31)).decode()])
def test_another_key_is_refused(text: str):
    with pytest.raises(ValueError, match="session key"):
        decode_key(text)
