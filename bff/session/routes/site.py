"""The start page, its style sheet and its icon."""

from collections.abc import Sequence
from html import escape
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bff import pages
from bff.session.model import EXPLORE_SCOPE, Session
from bff.session.notices import page
from bff.session.parts import parts_of

_HOUR: Final = {"cache-control": "public, max-age=3600"}


def routes(*, explore_path: str | None = None) -> Sequence[BaseRoute]:
    """The site's routes; the start page leads to `explore_path` whoever may explore the graph."""

    async def start_page(request: Request) -> Response:
        parts = parts_of(request)
        session_id = parts.cookies.session_id_of(request)
        session = await parts.store.find(session_id)
        if session is None or session_id is None:
            return page(request, pages.render("signed_out", title="Welcome"))
        return page(request, _signed_in_page(session, parts.sealer.form_token(session_id), explore_path))

    return [
        Route("/", start_page),
        Route("/assets/site.css", _stylesheet),
        Route("/assets/mark.svg", _mark),
        Route("/favicon.ico", _mark),
    ]


async def _stylesheet(_request: Request) -> Response:
    return Response(pages.stylesheet(), media_type="text/css", headers=_HOUR)


async def _mark(_request: Request) -> Response:
    return Response(pages.icon(), media_type="image/svg+xml", headers=_HOUR)


def _signed_in_page(session: Session, form_token: str, explore_path: str | None) -> str:
    roles = "".join(f"<li>{escape(role.replace('_', ' '))}</li>" for role in session.roles)
    may_explore = explore_path is not None and EXPLORE_SCOPE in session.scopes
    explore = f'<a class="button" href="{explore_path}">Explore the graph</a>' if may_explore else ""
    return pages.render(
        "signed_in",
        title="Start",
        fragments={"roles": roles, "explore": explore},
        name=session.name,
        username=session.username,
        tenant=session.tenant_id or "none",
        form_token=form_token,
    )
