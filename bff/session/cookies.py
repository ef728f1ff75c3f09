"""The two cookies: one names the session, one binds a sign-in under way to its browser."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from bff.session.login_transaction import LOGIN_SECONDS

SESSION_COOKIE: Final = "__Host-retailflow-session"
LOGIN_COOKIE: Final = "__Host-retailflow-login"


def session_id_of(request: Request) -> str | None:
    """The session cookie's value, if the browser sent one."""
    return request.cookies.get(SESSION_COOKIE)


def set_session(response: Response, session_id: str) -> None:
    """Give the browser its session; it forgets it when it is closed."""
    response.set_cookie(SESSION_COOKIE, session_id, path="/", secure=True, httponly=True, samesite="lax")


def clear_session(response: Response) -> None:
    """Make the browser forget its session."""
    response.delete_cookie(SESSION_COOKIE, path="/", secure=True, httponly=True, samesite="lax")


def set_login(response: Response, browser: str) -> None:
    """Bind sign-ins of the next ten minutes to this browser."""
    response.set_cookie(
        LOGIN_COOKIE, browser, max_age=LOGIN_SECONDS, path="/", secure=True, httponly=True, samesite="lax"
    )
