"""GET /till/catalogue: what a till needs to sell while it has no network; nobody need be at work."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from bff.pos.catalogue import WholeCatalogue
from bff.pos.parts import pos_parts_of
from bff.session.csrf import require_same_site_request

_JSON: Final = "application/json"


async def catalogue(request: Request) -> Response:
    """All that is sold, or with `since` what changed, for an enrolled device of the shop."""
    parts = pos_parts_of(request)
    require_same_site_request(request.headers, *parts.settings.script_origins)
    device = await parts.gate.proven(request)
    since = request.query_params.get("since")
    if since is not None:
        return Response(await parts.catalogues.changes(device.tenant_id, since), media_type=_JSON)
    return _whole(request, await parts.catalogues.whole(device.tenant_id))


ROUTES: Final = (Route("/till/catalogue", catalogue),)


def _whole(request: Request, found: WholeCatalogue) -> Response:
    headers = {"etag": found.etag, "vary": "accept-encoding"}
    if found.etag in [tag.strip() for tag in request.headers.get("if-none-match", "").split(",")]:
        return Response(status_code=304, headers=headers)
    if _accepts_gzip(request.headers.get("accept-encoding", "")):
        return Response(found.packed, media_type=_JSON, headers={**headers, "content-encoding": "gzip"})
    return StreamingResponse(found.unpacked(), media_type=_JSON, headers=headers)


def _accepts_gzip(accepted: str) -> bool:
    for part in accepted.lower().split(","):
        coding, _, weight = part.partition(";")
        if coding.strip() == "gzip":
            return weight.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False
