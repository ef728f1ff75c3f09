"""Headers of answers: what is sent is one line each."""

import pytest

from kernel.answer_headers import send_header, sent_headers


def test_what_is_sent_belongs_to_the_present_answer():
    with sent_headers() as first:
        send_header("x-shelf", "caf\u00e9\tseven")
    with sent_headers() as second:
        pass

    assert (first, second) == ([("x-shelf", "caf\u00e9\tseven")], [])


@pytest.mark.parametrize("value", ["7\r\nset-cookie: a=1", "7\n", "7\r", "a\0b", "a\x7fb", "\u20ac"])
def test_a_value_that_begins_another_header_is_not_sent(value: str):
    with sent_headers() as sent, pytest.raises(ValueError, match="not the value of a header: x-shelf"):
        send_header("x-shelf", value)

    assert sent == []
