"""The till: who is signed in here, who stands there now, and how a PIN changes that."""

from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bff.pages.languages import CHOICE, language_of
from bff.pos.devices import Device
from bff.pos.parts import PosParts, pos_parts_of
from bff.pos.routes.request_body import texts_of
from bff.session.csrf import require_own_origin, require_same_site_request
from bff.session.return_to import safe_return_to
from kernel.asgi import OrjsonResponse
from kernel.errors import Forbidden, Unavailable
from kernel.subgraph import JsonObject
from kernel.telemetry import get_logger

log = get_logger(__name__)

_VERIFY: Final = """mutation VerifyPin($input: PinVerifyInput!) { pinVerify(input: $input) {
  isAccepted userErrors { code message } } }"""


async def sign_in(request: Request) -> Response:
    """Begin the sign-in of another person at this till: the browser forgets the identity provider's session first.

    Without that the provider would take whoever comes for the one who signed in last. The header reaches the provider's
    cookies where it is on the same site as the till (`id.shop.example` and `till.shop.example`).
    """
    require_own_origin(
        {name: value for name, value in request.headers.items() if value != "none"},
        pos_parts_of(request).settings.public_url,
    )
    # the till's language is a cookie too: it survives in the address
    kept = {CHOICE: language_of(request), "return_to": safe_return_to(request.query_params.get("return_to"))}
    return RedirectResponse(f"/auth/login?{urlencode(kept)}", 303, headers={"clear-site-data": '"cookies"'})


async def view(request: Request) -> Response:
    """The till, who is signed in at it, and who of them is at work."""
    parts = pos_parts_of(request)
    require_same_site_request(request.headers, *parts.settings.script_origins)
    device = await parts.gate.proven(request)
    people = [
        {"subject": person.subject, "name": person.name}
        for person in await parts.tills.people(device.id)
        if await parts.store.is_alive(person.session_id)
    ]
    at_work = await parts.tills.at_work(device.id)
    till = {"id": device.id, "name": device.name, "store_id": str(device.store_id)}
    return OrjsonResponse({"device": till, "people": people, "at_work": at_work.subject if at_work else None})


async def open_till(request: Request) -> Response:
    """Whoever has just signed in begins to work here, under a new session id."""
    parts, device = await _at_device(request)
    new_id = await parts.till_sessions.open(device, parts.cookies.session_id_of(request))
    return await _at_work(parts, new_id)


async def switch(request: Request) -> Response:
    """Somebody who signed in here before takes over, or comes back, by PIN."""
    parts = pos_parts_of(request)
    subject, pin = await texts_of(request, "subject", "pin")
    device = await parts.gate.proven(request)
    session_id, session = await parts.till_sessions.waiting(device, subject)
    given: JsonObject = {"pin": pin, "deviceId": device.id}
    payload = await parts.graph.ask(_VERIFY, {"input": given}, token=session.access_token)
    if payload is None:
        raise Unavailable("the graph did not check the PIN")
    errors = payload["userErrors"]
    if isinstance(errors, list) and errors and isinstance(errors[0], dict):
        log.info("pin_refused", code=errors[0]["code"], subject=subject, device=device.id)
        raise Forbidden(str(errors[0]["message"]), code=str(errors[0]["code"]))
    if payload["isAccepted"] is not True:
        raise Unavailable("the graph did not check the PIN")
    return await _at_work(parts, await parts.till_sessions.switch(device, session_id, session))


async def lock(request: Request) -> Response:
    """From now on the till asks for a PIN."""
    parts, device = await _at_device(request)
    await parts.tills.lock(device.id)
    return Response(status_code=204)


ROUTES: Final = (
    Route("/till", view),
    Route("/till/sign-in", sign_in),
    Route("/till/open", open_till, methods=["POST"]),
    Route("/till/switch", switch, methods=["POST"]),
    Route("/till/lock", lock, methods=["POST"]),
)


async def _at_device(request: Request) -> tuple[PosParts, Device]:
    parts = pos_parts_of(request)
    await texts_of(request)
    return parts, await parts.gate.proven(request)


async def _at_work(parts: PosParts, session_id: str) -> Response:
    session = await parts.sessions.find(session_id)
    shown = {"subject": session.subject, "name": session.name, "roles": session.roles, "scopes": sorted(session.scopes)}
    response = OrjsonResponse(shown)
    parts.cookies.set_session(response, session_id)
    return response
