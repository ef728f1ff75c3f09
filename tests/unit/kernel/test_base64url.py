import pytest

from kernel import base64url


def test_bytes_come_back_with_or_without_padding():
    assert base64url.encode(b"\xfb\xff?") == "-_8_"
    assert base64url.encode(b"\xfb") == "-w"
    assert base64url.decode("-w") == base64url.decode("-w==") == b"\xfb"
    assert base64url.decode("-_8_") == base64url.decode("+/8/") == b"\xfb\xff?"
    assert base64url.decode("") == b""


@pytest.mark.parametrize("text", ["a", "-w\n", "a b_", "ü" * 4])
def test_what_is_not_base64url_is_refused(text: str):
    with pytest.raises(ValueError, match=r"base64url|ASCII"):
        base64url.decode(text)
