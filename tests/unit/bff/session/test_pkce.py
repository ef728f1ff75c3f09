from bff.session.pkce import challenge_of, new_verifier


def test_the_challenge_is_that_of_the_specification():
    assert challenge_of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_verifiers_are_long_and_never_the_same():
    verifiers = {new_verifier() for _ in range(100)}

    assert len(verifiers) == 100
    assert {len(verifier) for verifier in verifiers} == {64}
