"""The start page, its style sheet and its icon."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bff import pages
from bff.session.model import Session
from bff.session.notices import page
from bff.session.parts import parts_of

_HOUR: Final = {"cache-control": "public, max-age=3600"}


@dataclass(frozen=True, slots=True)
class Lead:
    """Where the start page leads; `text` is a key of the catalogues, without `scope` it is open to everybody."""

    path: str
    text: str
    scope: str | None = None


def routes(leads: Sequence[Lead], *, graphiql_path: str | None = None) -> Sequence[BaseRoute]:
    """The site's routes; the start page leads to `leads`, and says what GraphiQL is where there is one."""

    async def start_page(request: Request) -> Response:
        parts = parts_of(request)
        session_id = parts.cookies.session_id_of(request)
        session = await parts.store.find(session_id)
        if session is None or session_id is None:
            return page(request, _welcome_page(request, leads, graphiql_path))
        return page(request, _signed_in_page(request, session, parts.sealer.form_token(session_id), leads))

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


def _welcome_page(request: Request, leads: Sequence[Lead], graphiql_path: str | None) -> str:
    frame = pages.frame_for(request)
    fragments = {"leads": "".join(_link(frame, lead, _by_sign_in(lead)) for lead in leads), "graphiql": ""}
    if graphiql_path is not None:
        fragments["graphiql"] = frame.fragment("graphiql_card", path=graphiql_path)
    return frame.render("signed_out", title=frame.texts["welcome.title"], fragments=fragments)


def _by_sign_in(lead: Lead) -> str:
    return lead.path if lead.scope is None else f"/auth/login?{urlencode({'return_to': lead.path})}"


def _link(frame: pages.Frame, lead: Lead, target: str, *, kind: str = " quiet") -> str:
    return f'<a class="button{kind}" href="{target}">{escape(frame.texts[lead.text])}</a>'


def _signed_in_page(request: Request, session: Session, form_token: str, leads: Sequence[Lead]) -> str:
    frame = pages.frame_for(request)
    roles = "".join(f"<li>{escape(frame.texts.role(role))}</li>" for role in session.roles)
    open_to = [lead for lead in leads if lead.scope is None or lead.scope in session.scopes]
    return frame.render(
        "signed_in",
        title=frame.texts["signed_in.title"],
        fragments={
            "roles": roles,
            "leads": "".join(_link(frame, lead, lead.path, kind="") for lead in open_to),
            "call": "<code>POST /graphql</code>",
            "header": "<code>x-retail-csrf:&nbsp;1</code>",
            "username": f"<strong>{escape(session.username)}</strong>",
        },
        name=session.name,
        tenant=session.tenant_id or frame.texts["signed_in.no_tenant"],
        form_token=form_token,
    )
