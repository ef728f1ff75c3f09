"""The till's page, its scripts, and the texts it may have to show."""

from html import escape
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bff import pages
from bff.pages.nonce import nonce_of
from bff.session.notices import page
from bff.session.security_headers import till_policy

PATH: Final = "/till/screen"
_SCRIPTS: Final = ("device_key.js", "till_client.js", "till_page.js")
#: what the scripts may hear from the server and have to tell a person
_TOLD: Final = (
    "errors.BAD_USER_INPUT",
    "errors.ENROLMENT_CODE_UNKNOWN",
    "errors.FORBIDDEN",
    "errors.INTERNAL",
    "errors.INVALID_DPOP_PROOF",
    "errors.NOT_YOUR_STORE",
    "errors.NOT_YOUR_TILL",
    "errors.PIN_LOCKED",
    "errors.PIN_NOT_SET",
    "errors.PIN_REFUSED",
    "errors.SIGN_IN_REQUIRED",
    "errors.STEP_UP_REQUIRED",
    "errors.TILL_ALREADY_OPEN",
    "errors.TILL_LOCKED",
    "errors.UNAUTHENTICATED",
    "errors.UNAVAILABLE",
    "errors.WEAK_PIN",
)


async def till_page(request: Request) -> Response:
    """The same page for every till and every state: scripts find out which one."""
    frame = pages.frame_for(request)
    said = "".join(
        f'<p data-code="{key.removeprefix("errors.")}" hidden>{escape(frame.texts[key])}</p>' for key in _TOLD
    )
    html = frame.render("till", title=frame.texts["till.title"], fragments={"said": said})
    response = page(request, html)
    response.headers["content-security-policy"] = till_policy(nonce_of(request))
    return response


async def script(request: Request) -> Response:
    """A module of the till's page."""
    name = str(request.path_params["name"])
    if name not in _SCRIPTS:
        raise HTTPException(404, "there is no such script")
    return Response(pages.asset(f"till/{name}"), media_type="text/javascript", headers={"cache-control": "no-cache"})


ROUTES: Final = (
    Route(PATH, till_page),
    Route("/assets/till/{name}", script),
)
