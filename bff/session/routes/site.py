"""The start page, its style sheet and its icon."""

from collections.abc import Sequence
from html import escape
from typing import Final
from urllib.parse import urlencode

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
            return page(request, _welcome_page(request, explore_path))
        return page(request, _signed_in_page(request, session, parts.sealer.form_token(session_id), explore_path))

    return [
        Route("/", start_page),
        Route("/assets/site.css", _stylesheet),
        Route("/assets/mark.svg", _mark),
        Route("/favicon.ico", _mark),
    ]


async def _stylesheet(_request: Request) -> Response:
    return Response(pages.asset("site.css"), media_type="text/css", headers=_HOUR)


async def _mark(_request: Request) -> Response:
    return Response(pages.asset("mark.svg"), media_type="image/svg+xml", headers=_HOUR)


def _welcome_page(request: Request, explore_path: str | None) -> str:
    frame = pages.frame_for(request)
    fragments = {"explore": "", "graphiql": ""}
    if explore_path is not None:
        target = f"/auth/login?{urlencode({'return_to': explore_path})}"
        fragments["explore"] = f'<a class="button quiet" href="{target}">{escape(frame.texts["actions.explore"])}</a>'
        fragments["graphiql"] = frame.fragment("graphiql_card", path=explore_path)
    return frame.render("signed_out", title=frame.texts["welcome.title"], fragments=fragments)


def _signed_in_page(request: Request, session: Session, form_token: str, explore_path: str | None) -> str:
    frame = pages.frame_for(request)
    roles = "".join(f"<li>{escape(frame.texts.role(role))}</li>" for role in session.roles)
    may_explore = explore_path is not None and EXPLORE_SCOPE in session.scopes
    explore = f'<a class="button" href="{explore_path}">{escape(frame.texts["actions.explore"])}</a>'
    return frame.render(
        "signed_in",
        title=frame.texts["signed_in.title"],
        fragments={
            "roles": roles,
            "explore": explore if may_explore else "",
            "call": "<code>POST /graphql</code>",
            "header": "<code>x-retail-csrf:&nbsp;1</code>",
            "username": f"<strong>{escape(session.username)}</strong>",
        },
        name=session.name,
        tenant=session.tenant_id or frame.texts["signed_in.no_tenant"],
        form_token=form_token,
    )
