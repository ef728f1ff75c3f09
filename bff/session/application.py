"""The frame of a BFF's application: its routes, coded refusals, security headers, readiness."""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Final

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from bff.session.error_pages import ErrorPages
from bff.session.parts import SessionParts
from bff.session.security_headers import SecurityHeaders
from kernel.asgi import OrjsonResponse, error_body, service_app
from kernel.errors import BadUserInput, Conflict, DomainError, Forbidden, NotFound, Unauthenticated, Unavailable

_STATUS: Final[Mapping[type[DomainError], int]] = {
    BadUserInput: 400,
    Unauthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    Unavailable: 503,
}


def bff_app(
    service: str,
    routes: Sequence[BaseRoute],
    opened: Callable[[], AbstractAsyncContextManager[SessionParts]],
    *,
    is_https: bool,
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
        middleware=[Middleware(SecurityHeaders, is_https=is_https), Middleware(ErrorPages)],
    )
    app.add_exception_handler(DomainError, _coded)
    return app


async def _coded(_request: Request, error: Exception) -> Response:
    if not isinstance(error, DomainError):
        raise error
    status = next((status for kind, status in _STATUS.items() if isinstance(error, kind)), 400)
    return OrjsonResponse(error_body(error.code, error.message), status_code=status)
