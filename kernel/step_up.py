"""Step-up (RFC 9470): what changes people, tills or the platform needs a second factor that was given lately."""

from typing import Final

from kernel.errors import Forbidden
from kernel.identity import Principal, SecondFactor

#: scopes that a stolen session alone must not be able to use
STEP_UP_SCOPES: Final = frozenset({"identity:manage", "platform:manage", "till:manage"})


class StepUpRequired(Forbidden):
    """The caller may do this, but has to give a second factor first: of the level, and no older than, told here."""

    code = "STEP_UP_REQUIRED"

    def __init__(self, level: str, max_age_seconds: int) -> None:
        super().__init__("this needs a second factor that was given lately")
        self.details = {"acrValues": level, "maxAge": max_age_seconds}


def require_second_factor(principal: Principal) -> None:
    """Refuse a person whose token does not say that a second factor was given lately. Our own processes have none.

    Raises:
        StepUpRequired: there was no second factor, or it is too old.
    """
    if not principal.is_service:
        require_counting(principal.second_factor)


def require_counting(factor: SecondFactor) -> None:
    """Refuse a second factor that counts no longer, or none. Raises StepUpRequired."""
    if not factor.counts:
        raise StepUpRequired(factor.LEVEL, factor.max_age_seconds)
