"""The frame of a BFF's application: its routes, rate limits, coded refusals, security headers, readiness."""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from bff.session.cors import CrossOrigin
from bff.session.error_pages import ErrorPages
from bff.session.parts import SessionParts
from bff.session.rate_limited import RateLimitedRequests
from bff.session.refusals import refusal
from bff.session.security_headers import SecurityHeaders
from bff.session.settings import BffSettings
from kernel.asgi import service_app
from kernel.errors import DomainError


def bff_app(
    service: str,
    routes: Sequence[BaseRoute],
    opened: Callable[[], AbstractAsyncContextManager[SessionParts]],
    settings: BffSettings,
) -> Starlette:
    """A BFF as an ASGI application; `opened` makes its parts, which routes find by `parts_of`."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncGenerator[None]:
        async with opened() as parts:
            app.state.parts = parts
            yield

    async def redis_answers() -> None:
        await app.state.parts.store.ping()

    async def provider_answers() -> None:
        await app.state.parts.provider.metadata()

    app = service_app(
        service=service,
        routes=routes,
        lifespan=lifespan,
        readiness={"sessions": redis_answers, "identity_provider": provider_answers},
        middleware=[
            Middleware(SecurityHeaders, is_https=settings.is_https, is_for_subdomains=settings.hsts_for_subdomains),
            Middleware(CrossOrigin, allowed_origins=settings.allowed_origins),
            Middleware(ErrorPages),
            Middleware(RateLimitedRequests),
        ],
    )
    app.add_exception_handler(DomainError, _coded)
    return app


async def _coded(_request: Request, error: Exception) -> Response:
    if not isinstance(error, DomainError):
        raise error
    return refusal(error)
