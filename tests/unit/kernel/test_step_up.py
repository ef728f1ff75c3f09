"""Who needs a second factor for what, and how long one counts."""

import time

import pytest

from kernel.identity import Principal, SecondFactor
from kernel.permissions import SERVICE_ROLES, require_scope
from kernel.step_up import STEP_UP_SCOPES, StepUpRequired
from tests.factories.tokens import TokenFactory

ADMINISTRATOR = frozenset({"platform_admin"})


def person(level: str, seconds_ago: int) -> Principal:
    return Principal("ada", None, ADMINISTRATOR, second_factor=SecondFactor(level, int(time.time()) - seconds_ago))


@pytest.mark.parametrize("scope", sorted(STEP_UP_SCOPES))
@pytest.mark.parametrize(("level", "seconds_ago"), [("password", 0), ("", 0), ("otp", 902), ("OTP", 0)])
def test_a_missing_or_old_second_factor_is_refused(scope: str, level: str, seconds_ago: int):
    with pytest.raises(StepUpRequired) as refused:
        require_scope(person(level, seconds_ago), scope)

    assert (refused.value.code, refused.value.details) == ("STEP_UP_REQUIRED", {"acrValues": "otp", "maxAge": 900})


@pytest.mark.parametrize("scope", sorted(STEP_UP_SCOPES))
def test_a_recent_one_counts(scope: str):
    administrator = person("otp", 890)

    assert require_scope(administrator, scope) is administrator


def test_our_own_processes_have_no_second_factor_and_need_none():
    service = Principal("demo", None, frozenset({"service", "demo_setup"}))

    assert require_scope(service, "identity:manage") is service


def test_a_role_of_services_alone_is_not_one_of_our_processes():
    for role in SERVICE_ROLES - {"service"}:
        with pytest.raises(StepUpRequired):
            require_scope(Principal("eve", None, ADMINISTRATOR | {role}), "platform:manage")


@pytest.mark.parametrize("claims", [{"auth_time": "1"}, {"auth_time": True}, {"auth_time": None}, {"acr": ["otp"]}])
async def test_claims_of_another_kind_count_as_none(claims: dict[str, object]):
    tokens = TokenFactory()

    principal = await tokens.verifier().verify(tokens.access_token(None, "platform_admin", **claims))

    assert not principal.second_factor.counts
