"""A device is enrolled by a manager: at the device itself, or with a code from the manager's own browser."""

from typing import Final
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bff.pos.devices import TOKEN_SECONDS, Device
from bff.pos.dpop import ProvenKey
from bff.pos.parts import PosParts, pos_parts_of
from bff.pos.routes.request_body import texts_of
from bff.pos.tills import EnrolmentCode
from bff.session.model import Session
from kernel.asgi import OrjsonResponse
from kernel.errors import BadUserInput, Forbidden, Unauthenticated, Unavailable
from kernel.step_up import require_counting
from kernel.subgraph import JsonObject
from kernel.telemetry import get_logger

log = get_logger(__name__)

MANAGES_TILLS: Final = "till:manage"
_ENROLL: Final = """mutation EnrollDevice($input: DeviceEnrollInput!) { deviceEnroll(input: $input) {
  device { id } userErrors { code message } } }"""


async def enroll(request: Request) -> Response:
    """A manager signed in at the device enrols it; the device proves that it holds the key."""
    parts = pos_parts_of(request)
    store_id, name = await texts_of(request, "store_id", "name")
    session = await manager_of(parts, parts.cookies.session_id_of(request))
    key = await parts.gate.proofs.proven(request)
    return await _enrolled(parts, session, key, store_id=store_id, name=name)


async def prepare(request: Request) -> Response:
    """A code with which a device is enrolled in the manager's name, once and soon."""
    parts = pos_parts_of(request)
    store_id, name = await texts_of(request, "store_id", "name")
    session_id = parts.cookies.session_id_of(request)
    await manager_of(parts, session_id)
    code, seconds = await parts.tills.write_code(EnrolmentCode(session_id or "", store_id, name))
    shown = {"code": code, "expires_in": seconds, "redeem_at": redeem_at(parts, code)}
    return OrjsonResponse(shown, status_code=201)


async def redeem(request: Request) -> Response:
    """The device brings the code, and proves that it holds the key."""
    parts = pos_parts_of(request)
    (code,) = await texts_of(request, "code")
    key = await parts.gate.proofs.proven(request)
    prepared = await parts.tills.take_code(code)
    if prepared is None:
        raise BadUserInput("this code is unknown, used or too old", code="ENROLMENT_CODE_UNKNOWN")
    session = await manager_of(parts, prepared.session_id)
    return await _enrolled(parts, session, key, store_id=prepared.store_id, name=prepared.name)


async def token(request: Request) -> Response:
    """Another device token, for a proof alone: the key is what was enrolled."""
    parts = pos_parts_of(request)
    device_id, tenant_id = await texts_of(request, "device_id", "tenant_id")
    key = await parts.gate.proofs.proven(request)
    try:
        tenant = UUID(tenant_id)
    except ValueError:
        raise BadUserInput("tenant_id is not a UUID") from None
    return _issued(parts, await parts.gate.enrolled(tenant, device_id, key))


async def manager_of(parts: PosParts, session_id: str | None) -> Session:
    """The session of somebody who enrols tills.

    Raises:
        Unauthenticated: there is none.
        Forbidden: it is somebody else's.
        StepUpRequired: the manager gave no second factor lately.
    """
    session = await parts.sessions.find(session_id)
    if MANAGES_TILLS not in session.scopes:
        raise Forbidden(f"this needs the scope {MANAGES_TILLS}")
    require_counting(session.second_factor)
    return session


def redeem_at(parts: PosParts, code: str) -> str:
    """Where the till opens its page with the code; behind the `#` it reaches no server and no log."""
    return f"{parts.settings.public_url}/till/screen#enrol={code}"


ROUTES: Final = (
    Route("/device/enrol", enroll, methods=["POST"]),
    Route("/device/codes", prepare, methods=["POST"]),
    Route("/device/redeem", redeem, methods=["POST"]),
    Route("/device/token", token, methods=["POST"]),
)


async def _enrolled(parts: PosParts, session: Session, key: ProvenKey, *, store_id: str, name: str) -> Response:
    given: JsonObject = {"storeId": store_id, "name": name, "publicKey": {"x": key.x, "y": key.y}}
    payload = await parts.graph.ask(_ENROLL, {"input": given}, token=session.access_token)
    if payload is None or session.tenant_id is None:
        raise Unavailable("the graph did not enrol the device")
    errors, made = payload["userErrors"], payload["device"]
    if isinstance(errors, list) and errors and isinstance(errors[0], dict):
        raise BadUserInput(str(errors[0]["message"]), code=str(errors[0]["code"]))
    if not isinstance(made, dict):
        raise Unavailable("the graph did not enrol the device")
    device = await parts.gate.devices.find(UUID(session.tenant_id), str(made["id"]))
    if device is None:
        raise Unauthenticated("the device was revoked already", code="DEVICE_REVOKED")
    log.info("device_enrolled", device=device.id, by=session.subject, tenant=session.tenant_id)
    return _issued(parts, device, status=201)


def _issued(parts: PosParts, device: Device, status: int = 200) -> Response:
    return OrjsonResponse(
        {
            "device_id": device.id,
            "tenant_id": str(device.tenant_id),
            "name": device.name,
            "device_token": parts.gate.tokens.issue(device),
            "token_type": "DPoP",
            "expires_in": TOKEN_SECONDS,
        },
        status_code=status,
    )
