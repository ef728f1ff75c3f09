"""Limits the requests of each address, session and tenant, before anything else is done for them.

Every answer says how the caller stands: `RateLimit-Policy` and `RateLimit` of draft-ietf-httpapi-ratelimit-headers-11,
and for the limit that is nearest the `RateLimit-Limit`, `-Remaining` and `-Reset` of its drafts before 07, which is
what most clients read.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bff.session.client_address import client_address, counted_as
from bff.session.parts import SessionParts, parts_of
from bff.session.rate import Rate
from bff.session.rate_limits import Bucket, Standing
from bff.session.refusals import RateLimited, refusal
from kernel.errors import Unavailable
from kernel.telemetry import counter, get_logger

log = get_logger(__name__)
_REFUSED = counter("bff_rate_limited_total", "Requests refused for their rate", ("limit",))

# they cost nothing behind the BFF, and probes must not fail because others ask too much
_UNLIMITED: Final = frozenset({"/health/live", "/health/ready", "/metrics", "/favicon.ico"})
_UNLIMITED_FOLDERS: Final = ("/assets/", "/graphiql/assets/")


class RateLimitedRequests:
    """Lets requests through as long as each of their limits has room; 429 `RATE_LIMITED` otherwise."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or is_unlimited(scope["path"]):
            await self._app(scope, receive, send)
            return
        try:
            standings = await _standings(Request(scope))
        except Unavailable as failure:
            await refusal(failure)(scope, receive, send)
            return
        told = _told(standings)

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(told)
            await send(message)

        refused = max(standings, key=lambda standing: standing.wait_seconds)
        if refused.wait_seconds == 0:
            await self._app(scope, receive, sending)
            return
        _REFUSED.labels(refused.bucket.name).inc()
        log.info("rate_limited", limit=refused.bucket.name, seconds=refused.wait_seconds)
        error = RateLimited("too many requests: wait a little", retry_after_seconds=refused.wait_seconds)
        await refusal(error)(scope, receive, sending)


def is_unlimited(path: str) -> bool:
    """Whether requests of this path are not counted."""
    return path in _UNLIMITED or path.startswith(_UNLIMITED_FOLDERS)


async def _standings(request: Request) -> list[Standing]:
    parts = parts_of(request)
    settings = parts.settings
    address = counted_as(client_address(request.scope, settings.trusted_proxies))
    buckets = [Bucket("address", address, settings.rate_per_address)]
    tight = _tight_rate(settings.rates_of_paths, request.url.path)
    if tight is not None:
        name, rate = tight
        buckets.append(Bucket(name, address, rate))
    buckets += await _of_session(parts, parts.cookies.session_id_of(request))
    return await parts.rate_limits.take(buckets)


async def _of_session(parts: SessionParts, session_id: str | None) -> Sequence[Bucket]:
    if not session_id:
        return ()
    is_living, tenant_id = await parts.living_sessions.tenant_of(session_id)
    if not is_living:
        # made-up cookies must not fill Redis: they count for their address
        return ()
    of_session = Bucket("session", session_id, parts.settings.rate_per_session)
    return (of_session, Bucket("tenant", tenant_id, parts.settings.rate_per_tenant)) if tenant_id else (of_session,)


def _tight_rate(rates: Mapping[str, Rate], path: str) -> tuple[str, Rate] | None:
    for place, rate in rates.items():
        if path == place or (place.endswith("/") and path.startswith(place)):
            return place.strip("/").replace("/", "-"), rate
    return None


def _told(standings: Sequence[Standing]) -> dict[str, str]:
    nearest = min(standings, key=lambda standing: (standing.left, -standing.wait_seconds))
    return {
        "ratelimit-policy": ", ".join(
            f'"{one.bucket.name}";q={one.bucket.rate.amount};w={one.bucket.rate.seconds}' for one in standings
        ),
        "ratelimit": ", ".join(f'"{one.bucket.name}";r={one.left};t={one.full_in_seconds}' for one in standings),
        "ratelimit-limit": str(nearest.bucket.rate.amount),
        "ratelimit-remaining": str(nearest.left),
        "ratelimit-reset": str(nearest.wait_seconds or nearest.full_in_seconds),
    }
