"""What is known of other composers explains no difference at large: ours alone is open, whatever its code."""

import pytest

from router.composition import ErrorCode
from tests.contract.vendor_gateway.known_differences import Judgements, disagreement

_NONE = frozenset[str]()


@pytest.mark.parametrize("code", ErrorCode)
def test_a_refusal_of_ours_alone_is_open(code: ErrorCode):
    found = Judgements(ours=frozenset({code}), apollo=_NONE, guild=_NONE, sdl="")

    assert disagreement(found) == "the verdict"


@pytest.mark.parametrize("code", sorted(set(ErrorCode) - {ErrorCode.UNKNOWN_FEDERATION_LINK_VERSION}))
def test_a_graph_only_ours_composes_is_open(code: ErrorCode):
    found = Judgements(ours=_NONE, apollo=frozenset({code}), guild=frozenset({code}), sdl="")

    assert disagreement(found) == "the verdict"


def test_codes_of_ours_that_no_other_has_are_open():
    other = frozenset({"KEY_INVALID_FIELDS"})
    found = Judgements(ours=frozenset({"NO_QUERIES"}), apollo=other, guild=other, sdl="")

    assert disagreement(found) == "the codes ['NO_QUERIES']"


def test_who_does_not_know_the_version_has_no_say():
    unknown = frozenset({"UNKNOWN_FEDERATION_LINK_VERSION"})

    assert disagreement(Judgements(ours=_NONE, apollo=_NONE, guild=unknown, sdl="")) is None
