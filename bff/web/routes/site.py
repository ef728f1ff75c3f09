"""The start page, notices, and GraphiQL with its assets."""

import os
import secrets
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from bff.session.cookies import session_id_of
from bff.session.model import Session
from bff.web import pages
from bff.web.parts import parts_of
from bff.web.security_headers import graphiql_policy, page_policy

EXPLORE_SCOPE: Final = "platform:explore"
_HOUR: Final = {"cache-control": "public, max-age=3600"}
_FOREVER: Final = "public, max-age=31536000, immutable"
_NONCE_MARK: Final = "__CSP_NONCE__"


async def start_page(request: Request) -> Response:
    """The start page, for a signed-in or a signed-out visitor."""
    parts = parts_of(request)
    session_id = session_id_of(request)
    session = await parts.store.find(session_id)
    if session is None or session_id is None:
        return _page(request, pages.render("signed_out", title="Welcome"))
    return _page(request, _signed_in_page(session, parts.sealer.form_token(session_id)))


async def graphiql(request: Request) -> Response:
    """GraphiQL, for those whose roles carry `platform:explore`."""
    parts = parts_of(request)
    session = await parts.store.find(session_id_of(request))
    if session is None:
        return RedirectResponse("/auth/login?return_to=%2Fgraphiql", 303)
    if EXPLORE_SCOPE not in session.scopes:
        return notice(
            request,
            heading="GraphiQL is not for your role",
            message=f"It needs the scope {EXPLORE_SCOPE}, which owners and platform administrators have.",
            actions=(("/", "Start page"),),
            status=403,
        )
    index = _built_index(parts.settings.graphiql_folder)
    if index is None:
        return _graphiql_missing(request)
    nonce = secrets.token_urlsafe(18)
    html = index.read_text("utf-8").replace(_NONCE_MARK, nonce)
    return HTMLResponse(html, headers={"content-security-policy": graphiql_policy(nonce)})


async def stylesheet(_request: Request) -> Response:
    """The pages' style sheet."""
    return Response(pages.stylesheet(), media_type="text/css", headers=_HOUR)


async def mark(_request: Request) -> Response:
    """The site's icon."""
    return Response(pages.icon(), media_type="image/svg+xml", headers=_HOUR)


def routes(graphiql_folder: Path | None) -> Sequence[BaseRoute]:
    """The site's routes; the assets of GraphiQL only where it was built."""
    fixed: list[BaseRoute] = [
        Route("/", start_page),
        Route("/graphiql", graphiql),
        Route("/assets/site.css", stylesheet),
        Route("/assets/mark.svg", mark),
        Route("/favicon.ico", mark),
    ]
    if graphiql_folder is not None:
        fixed.append(Mount("/graphiql/assets", _Assets(directory=graphiql_folder / "assets", check_dir=False)))
    return fixed


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
    return _page(request, html, status)


class _Assets(StaticFiles):
    """Files whose names carry a hash of their content."""

    async def check_config(self) -> None:
        """The folder may be built later: until then every file is missing."""

    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers["cache-control"] = _FOREVER
        return response


def _page(request: Request, html: str, status: int = 200) -> Response:
    parts = urlsplit(parts_of(request).settings.issuer)
    policy = page_policy(f"{parts.scheme}://{parts.netloc}")
    return HTMLResponse(html, status, pages.headers(policy))


def _signed_in_page(session: Session, form_token: str) -> str:
    roles = "".join(f"<li>{escape(role.replace('_', ' '))}</li>" for role in session.roles)
    may_explore = EXPLORE_SCOPE in session.scopes
    explore = '<a class="button" href="/graphiql">Explore the graph</a>' if may_explore else ""
    return pages.render(
        "signed_in",
        title="Start",
        fragments={"roles": roles, "explore": explore},
        name=session.name,
        username=session.username,
        tenant=session.tenant_id or "none",
        form_token=form_token,
    )


def _built_index(folder: Path | None) -> Path | None:
    index = folder / "index.html" if folder is not None else None
    return index if index is not None and index.is_file() else None


def _graphiql_missing(request: Request) -> Response:
    return notice(
        request,
        heading="GraphiQL is not built yet",
        message="At the first start it is built in the background, which takes about a minute: reload this page. "
        "If it stays like this, this command says why; everything else works.",
        detail="<pre><code>./retailflow build-graphiql</code></pre>",
        actions=(("/graphiql", "Reload"), ("/", "Start page")),
        status=503,
    )
