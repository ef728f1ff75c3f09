"""Pages of a BFF as answers: the frame's policy, and the page that says one thing."""

from collections.abc import Sequence
from html import escape
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from bff import pages
from bff.session.parts import parts_of
from bff.session.security_headers import page_policy


def page(request: Request, html: str, status: int = 200) -> Response:
    """A plain page; its forms lead to this site or the identity provider."""
    parts = urlsplit(parts_of(request).settings.issuer)
    policy = page_policy(f"{parts.scheme}://{parts.netloc}")
    return HTMLResponse(html, status, pages.headers(policy))


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
    html = pages.render(
        "notice", title=heading, heading=heading, message=message, fragments={"actions": links, "detail": detail}
    )
    return page(request, html, status)
