"""Pages of a BFF as answers: the frame's policy, and the page that says one thing."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from bff import pages
from bff.pages.languages import language_of, remember
from bff.pages.nonce import nonce_of
from bff.pages.texts import texts_in
from bff.session.parts import parts_of
from bff.session.security_headers import page_policy
from kernel.identity import SecondFactor

_FIRST_ERROR: Final = 400
#: what kind of problem a status is, by its heading in the catalogues
_HEADINGS: Final[Mapping[int, str]] = {
    401: "problems.sign_in_first",
    403: "problems.not_allowed",
    404: "problems.not_found",
    429: "problems.too_many",
    500: "problems.failed",
    503: "problems.unavailable",
}


def page(request: Request, html: str, status: int = 200) -> Response:
    """A plain page; its forms lead to this site or the identity provider."""
    parts = urlsplit(parts_of(request).settings.issuer)
    policy = page_policy(nonce_of(request), f"{parts.scheme}://{parts.netloc}")
    response = HTMLResponse(html, status, pages.headers(policy, texts_in(language_of(request))))
    remember(request, response)
    return response


def notice(
    request: Request,
    *,
    heading: str,
    message: str,
    actions: Sequence[tuple[str, str]],
    detail: str = "",
    status: int = 200,
) -> Response:
    """A page that says one thing; `detail` is HTML, `actions` are (path, label), the first one prominent."""
    links = "".join(
        f'<a class="button{" quiet" if position else ""}" href="{escape(path)}">{escape(label)}</a>'
        for position, (path, label) in enumerate(actions)
    )
    # what failed here may be no page, or hold a sign-in's secrets in its address
    frame = pages.frame_for(request, address="/" if status >= _FIRST_ERROR else None)
    html = frame.render(
        "notice", title=heading, heading=heading, message=message, fragments={"actions": links, "detail": detail}
    )
    return page(request, html, status)


def problem(request: Request, code: str, status: int) -> Response:
    """A page that says why something did not work."""
    texts = texts_in(language_of(request))
    ways_on = {
        "UNAUTHENTICATED": ("/auth/login", texts["actions.sign_in"]),
        "STEP_UP_REQUIRED": (f"/auth/login?step_up={SecondFactor.LEVEL}", texts["actions.step_up"]),
    }
    return notice(
        request,
        heading=texts[_HEADINGS.get(status, "problems.refused")],
        message=texts.error(code),
        detail=code_detail(code),
        actions=[*([ways_on[code]] if code in ways_on else []), ("/", texts["actions.start_page"])],
        status=status,
    )


def code_detail(code: str) -> str:
    """The error's code, for those whom the reader asks for help."""
    return f'<p class="fine"><code>{escape(code)}</code></p>'
