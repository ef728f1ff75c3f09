import base64
import time
from collections.abc import Callable
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import BadUserInput
from kernel.ids import GlobalId, encode_global_id, uuid7, uuid7_text


@pytest.mark.parametrize("make", [uuid7, lambda: UUID(uuid7_text())], ids=["value", "text"])
def test_a_uuid7_has_version_7_the_rfc_variant_and_the_present_millisecond(make: Callable[[], UUID]):
    before = time.time_ns() // 1_000_000

    made = make()

    assert made.version == 7
    assert made.variant == "specified in RFC 4122"
    assert before <= made.int >> 80 <= time.time_ns() // 1_000_000


def test_a_global_id_comes_back_as_it_went():
    made = uuid7()

    text = encode_global_id("Order", made)

    assert GlobalId.decode(text, expected_type="Order") == GlobalId("Order", made)
    assert GlobalId("Order", made).encode() == text


def test_a_global_id_is_stable_across_releases():
    text = encode_global_id("Order", UUID("01920000-0000-7000-8000-000000000001"))

    assert text == "T3JkZXI6MDE5MjAwMDAtMDAwMC03MDAwLTgwMDAtMDAwMDAwMDAwMDAx"


@given(st.text(st.characters(codec="ascii"), max_size=12), st.uuids())
def test_a_global_id_is_base64_for_urls_without_padding(type_name: str, uuid: UUID):
    expected = base64.urlsafe_b64encode(f"{type_name}:{uuid}".encode()).decode().rstrip("=")

    assert encode_global_id(type_name, uuid) == expected


@pytest.mark.parametrize("text", ["", "x", "T3JkZXI6", "ünïcode", "T3JkZXI6bm90LWEtdXVpZA", "=" * 400])
def test_text_that_is_no_id_is_refused_with_its_field(text: str):
    with pytest.raises(BadUserInput) as refused:
        GlobalId.decode(text, expected_type="Order", field=("cartId",))

    assert refused.value.field == ("cartId",)


def test_an_id_of_another_type_is_refused():
    with pytest.raises(BadUserInput, match="expected an id of type Order, got one of type Cart"):
        GlobalId.decode(encode_global_id("Cart", uuid7()), expected_type="Order")
