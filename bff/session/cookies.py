"""The two cookies of a BFF: one names the session, one binds a sign-in under way to its browser."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from bff.session.login_transaction import LOGIN_SECONDS


@dataclass(frozen=True, slots=True)
class Cookies:
    """The cookies' names; each BFF has its own, because browsers share cookies between the ports of a host."""

    session: str
    login: str

    def session_id_of(self, request: Request) -> str | None:
        """The session cookie's value, if the browser sent one."""
        return request.cookies.get(self.session)

    def set_session(self, response: Response, session_id: str) -> None:
        """Give the browser its session; it forgets it when it is closed."""
        response.set_cookie(self.session, session_id, path="/", secure=True, httponly=True, samesite="lax")

    def clear_session(self, response: Response) -> None:
        """Make the browser forget its session."""
        response.delete_cookie(self.session, path="/", secure=True, httponly=True, samesite="lax")

    def set_login(self, response: Response, browser: str) -> None:
        """Bind sign-ins of the next ten minutes to this browser."""
        response.set_cookie(
            self.login, browser, max_age=LOGIN_SECONDS, path="/", secure=True, httponly=True, samesite="lax"
        )
