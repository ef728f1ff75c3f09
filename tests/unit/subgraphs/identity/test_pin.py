import pytest

from subgraphs.identity.errors import WeakPin
from subgraphs.identity.model import PinSecrets, require_strong

OWNER = b"tenant\nada"


@pytest.mark.parametrize("pin", ["7294", "83920", "90210734", "1123", "1357"])
def test_a_pin_that_is_no_pattern_is_accepted(pin: str):
    require_strong(pin)


@pytest.mark.parametrize("pin", ["0000", "77777777", "121212", "0123", "9876543", "7890", "2580", "", "12345x", " 729"])
def test_a_pattern_is_refused(pin: str):
    with pytest.raises(WeakPin):
        require_strong(pin)


def test_a_stored_pin_needs_its_key_and_its_owner():
    secrets, others = PinSecrets(b"k" * 32), PinSecrets(b"o" * 32)
    stored = secrets.stored("7294", OWNER)

    assert secrets.is_right("7294", OWNER, stored)
    assert not secrets.is_right("7295", OWNER, stored)
    assert not secrets.is_right("7294", b"tenant\nbob", stored)
    assert not others.is_right("7294", OWNER, stored)


def test_nobodys_pin_is_never_right():
    assert not PinSecrets(b"k" * 32).is_right("0000", b"nobody", None)


def test_equal_pins_are_stored_differently():
    secrets = PinSecrets(b"k" * 32)

    assert secrets.stored("7294", OWNER) != secrets.stored("7294", OWNER)
