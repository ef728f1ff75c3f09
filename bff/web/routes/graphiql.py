"""GraphiQL with its assets, for those who may explore the graph."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from bff.pages.languages import language_of
from bff.pages.nonce import nonce_of
from bff.pages.texts import texts_in
from bff.session.model import EXPLORE_SCOPE
from bff.session.notices import notice
from bff.session.parts import parts_of
from bff.session.security_headers import graphiql_policy

PATH: Final = "/graphiql"
_FOREVER: Final = "public, max-age=31536000, immutable"
_NONCE_MARK: Final = "__CSP_NONCE__"


def routes(folder: Path | None) -> Sequence[BaseRoute]:
    """GraphiQL's routes; its assets only where it was built."""

    async def graphiql(request: Request) -> Response:
        parts = parts_of(request)
        session = await parts.store.find(parts.cookies.session_id_of(request))
        if session is None:
            return RedirectResponse("/auth/login?return_to=%2Fgraphiql", 303)
        if EXPLORE_SCOPE not in session.scopes:
            return _not_for_you(request)
        index = _built_index(folder)
        if index is None:
            return _missing(request)
        nonce = nonce_of(request)
        html = index.read_text("utf-8").replace(_NONCE_MARK, nonce)
        return HTMLResponse(html, headers={"content-security-policy": graphiql_policy(nonce)})

    page: list[BaseRoute] = [Route(PATH, graphiql)]
    if folder is None:
        return page
    return [*page, Mount(f"{PATH}/assets", _Assets(directory=folder / "assets", check_dir=False))]


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


def _built_index(folder: Path | None) -> Path | None:
    index = folder / "index.html" if folder is not None else None
    return index if index is not None and index.is_file() else None


def _not_for_you(request: Request) -> Response:
    texts = texts_in(language_of(request))
    return notice(
        request,
        heading=texts["graphiql.not_yours_heading"],
        message=texts.say("graphiql.not_yours", scope=EXPLORE_SCOPE),
        actions=(("/", texts["actions.start_page"]),),
        status=403,
    )


def _missing(request: Request) -> Response:
    texts = texts_in(language_of(request))
    return notice(
        request,
        heading=texts["graphiql.missing_heading"],
        message=texts["graphiql.missing"],
        detail="<pre><code>./retailflow build-graphiql</code></pre>",
        actions=((PATH, texts["actions.reload"]), ("/", texts["actions.start_page"])),
        status=503,
    )
