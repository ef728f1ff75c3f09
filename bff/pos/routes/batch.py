"""POST /till/batch: what a till did, perhaps without a network, by whoever is at work at it now."""

from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bff.pos.batches import read_batch, take, unpacked
from bff.pos.parts import pos_parts_of
from bff.session.csrf import is_json, require_same_site_request
from kernel.asgi import OrjsonResponse


async def batch(request: Request) -> Response:
    """One result per item; the same batch again is answered alike, on any replica."""
    parts = pos_parts_of(request)
    require_same_site_request(request.headers, *parts.settings.script_origins)
    if not is_json(request.headers.get("content-type")):
        raise HTTPException(415, "the body must be application/json")
    device = await parts.gate.proven(request)
    session = await parts.till_sessions.at_work(device, parts.cookies.session_id_of(request))
    given = read_batch(await _plain_body(request))
    results = await take(parts.graph, given, device_id=device.id, token=session.access_token)
    return OrjsonResponse({"batch_id": str(given.batch_id), "results": results})


ROUTES: Final = (Route("/till/batch", batch, methods=["POST"]),)


async def _plain_body(request: Request) -> bytes:
    coding = request.headers.get("content-encoding", "identity").strip().lower()
    if coding not in {"identity", "gzip"}:
        raise HTTPException(415, "the body may be packed with gzip only")
    body = await request.body()
    return unpacked(body) if coding == "gzip" else body
