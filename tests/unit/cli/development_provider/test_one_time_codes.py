import pytest

from cli.development_provider.one_time_codes import OneTimeCodes, code_at

# RFC 6238 appendix B, its eight digits cut to the last six
SECRET = b"12345678901234567890"


@pytest.mark.parametrize(
    ("instant", "code"),
    [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"), (20000000000, "353130")],
)
def test_codes_are_those_of_the_standard(instant: int, code: str):
    assert code_at(SECRET, instant) == code


def test_a_code_is_good_for_one_person_only():
    codes = OneTimeCodes()

    assert codes.is_good("ada", codes.current("ada"))
    assert codes.current("ada") != codes.current("grace")
    assert not codes.is_good("ada", "")
    assert not codes.is_good("ada", "\uff11\uff12\uff13\uff14\uff15\uff16")
