"""HTML forms of our own pages: they carry a token of the session they were made for."""

from starlette.requests import Request

from bff.session.csrf import require_own_origin, require_same_site_request
from bff.session.parts import SessionParts
from kernel.errors import Forbidden

_FORM = "application/x-www-form-urlencoded"


def is_form(request: Request) -> bool:
    """Whether a page's form was posted; everything else comes from a script."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower() == _FORM


async def require_own_request(request: Request, parts: SessionParts, session_id: str | None) -> None:
    """Let our own forms through, and scripts with the CSRF header.

    Raises:
        Forbidden: the request comes from elsewhere, or the form is of another session.
    """
    if not is_form(request):
        require_same_site_request(request.headers, *parts.settings.script_origins)
        return
    require_own_origin(request.headers, parts.settings.public_url)
    async with request.form(max_files=0, max_fields=4) as form:
        token = form.get("form_token")
    if session_id is None or not isinstance(token, str) or not parts.sealer.is_form_token(token, session_id):
        raise Forbidden("this form is not of your session", code="FORM_TOKEN_REQUIRED")
