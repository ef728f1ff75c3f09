"""One sign-in under way: what must come back in the callback, bound to the browser that began it."""

import hmac
import secrets
from collections.abc import Awaitable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, cast

from pydantic import TypeAdapter
from redis.asyncio import Redis

from bff.session.pkce import new_verifier
from bff.session.redis_access import failing_closed, hashed
from bff.session.sealing import Sealer, Unsealable
from bff.session.tenant_choice import TenantChoice
from kernel.errors import BadUserInput

LOGIN_SECONDS: Final = 600
_TOKEN_LENGTH: Final = 43


class Purpose(StrEnum):
    """What a browser is sent to the identity provider for."""

    SIGN_IN = "sign_in"
    STEP_UP = "step_up"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class LoginTransaction:
    """The secrets of one authorization request, and what it is for.

    Attributes:
        binding: the hash of the pre-login cookie.
        purpose: what is asked of the provider.
        subject: the only person who may come back; None before anybody is signed in.
        tenant: the only one that may be entered; None leaves it to the provider, which takes the person's first.
    """

    state: str
    nonce: str
    verifier: str
    return_to: str
    binding: str
    purpose: Purpose = Purpose.SIGN_IN
    subject: str | None = None
    tenant: TenantChoice | None = None


_JSON: TypeAdapter[LoginTransaction] = TypeAdapter(LoginTransaction)


class LoginTransactions:
    """Sign-ins under way, for ten minutes, each usable once."""

    def __init__(self, redis: Redis, sealer: Sealer, *, namespace: str) -> None:
        self._redis = redis
        self._sealer = sealer
        self._prefix = f"bff:{namespace}:login"

    async def begin(
        self,
        browser: str,
        return_to: str,
        *,
        purpose: Purpose = Purpose.SIGN_IN,
        subject: str | None = None,
        tenant: TenantChoice | None = None,
    ) -> LoginTransaction:
        """Remember a new sign-in of the browser that holds the pre-login cookie `browser`."""
        transaction = LoginTransaction(
            state=secrets.token_urlsafe(32),
            nonce=secrets.token_urlsafe(32),
            verifier=new_verifier(),
            return_to=return_to,
            binding=hashed(browser),
            purpose=purpose,
            subject=subject,
            tenant=tenant,
        )
        key = self._key(transaction.state)
        sealed = self._sealer.seal(_JSON.dump_json(transaction), key)
        with failing_closed():
            await cast("Awaitable[object]", self._redis.set(key, sealed, ex=LOGIN_SECONDS))
        return transaction

    async def take(self, state: str, browser: str | None) -> LoginTransaction:
        """The sign-in that `state` names; it cannot be taken again.

        Raises:
            BadUserInput: unknown, used or expired state, or begun by another browser (login CSRF).
        """
        key = self._key(state)
        with failing_closed():
            sealed = await cast("Awaitable[bytes | None]", self._redis.getdel(key))
        if sealed is None:
            raise BadUserInput("this sign-in is unknown, used or too old", code="LOGIN_STATE_UNKNOWN")
        try:
            transaction = _JSON.validate_json(self._sealer.unseal(sealed, key))
        except (Unsealable, ValueError):
            raise BadUserInput("this sign-in is unreadable", code="LOGIN_STATE_UNKNOWN") from None
        if browser is None or not hmac.compare_digest(transaction.binding, hashed(browser)):
            raise BadUserInput("this sign-in was begun in another browser", code="LOGIN_NOT_BOUND")
        return transaction

    def _key(self, state: str) -> str:
        return f"{self._prefix}:{hashed(state)}"


def browser_binding(cookie: str | None) -> str:
    """The pre-login cookie to use: the present one, so that two tabs can sign in at once, or a fresh one."""
    if cookie is not None and len(cookie) == _TOKEN_LENGTH and cookie.isascii():
        return cookie
    return secrets.token_urlsafe(32)
