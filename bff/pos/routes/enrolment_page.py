"""The page on which a manager prepares a till: a code, and the same as a picture that the till's camera reads."""

from html import escape
from typing import Final

import segno
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bff import pages
from bff.pos.parts import PosParts, pos_parts_of
from bff.pos.routes.devices import manager_of, redeem_at
from bff.pos.stores import Store, stores_of
from bff.pos.tills import EnrolmentCode
from bff.session.forms import require_own_request
from bff.session.model import Session
from bff.session.notices import page
from bff.session.routes.authentication import step_up_path
from kernel.errors import BadUserInput, Unauthenticated
from kernel.step_up import StepUpRequired

PATH: Final = "/device/enrolment"
_SEE_OTHER: Final = 303
_MAX_NAME_LENGTH: Final = 80
_HALF_OF_CODE: Final = 5


async def choose(request: Request) -> Response:
    """Ask for the store and the till's name."""
    parts = pos_parts_of(request)
    session_id = parts.cookies.session_id_of(request)
    try:
        session = await manager_of(parts, session_id)
    except Unauthenticated:
        return RedirectResponse(f"/auth/login?return_to={PATH}", _SEE_OTHER)
    except StepUpRequired:
        return RedirectResponse(step_up_path(PATH), _SEE_OTHER)
    stores = await stores_of(parts.graph, session)
    return page(request, _form(request, stores, parts.sealer.form_token(session_id or "")))


async def show_code(request: Request) -> Response:
    """Show the code once; it enrols one till within minutes.

    Raises:
        Forbidden: not our own form, not a manager's session, or no second factor.
        BadUserInput: the store is none of the manager's, or the name is missing or too long.
    """
    parts = pos_parts_of(request)
    session_id = parts.cookies.session_id_of(request)
    await require_own_request(request, parts, session_id)
    session = await manager_of(parts, session_id)
    wanted = await _wanted(await request.form(), parts, session, session_id or "")
    code, _ = await parts.tills.write_code(wanted)
    return page(request, _code_page(request, redeem_at(parts, code), code, wanted.name))


ROUTES: Final = (
    Route(PATH, choose),
    Route(PATH, show_code, methods=["POST"]),
)


async def _wanted(form: FormData, parts: PosParts, session: Session, session_id: str) -> EnrolmentCode:
    store_id, name = form.get("store_id"), form.get("name")
    if not isinstance(name, str) or not 0 < len(name.strip()) <= _MAX_NAME_LENGTH:
        raise BadUserInput(f"name needs 1 to {_MAX_NAME_LENGTH} characters")
    if store_id not in {store.id for store in await stores_of(parts.graph, session)}:
        raise BadUserInput("store_id is none of your stores", code="NOT_YOUR_STORE")
    return EnrolmentCode(session_id, str(store_id), name.strip())


def _form(request: Request, stores: list[Store], form_token: str) -> str:
    frame = pages.frame_for(request)
    options = "".join(f'<option value="{escape(store.id)}">{escape(store.name)}</option>' for store in stores)
    return frame.render(
        "enrolment" if stores else "enrolment_without_stores",
        title=frame.texts["enrolment.title"],
        fragments={"options": options},
        form_token=form_token,
    )


def _code_page(request: Request, address: str, code: str, name: str) -> str:
    frame = pages.frame_for(request, address=PATH)
    # black on white in every colour scheme: cameras expect it
    drawn = segno.make_qr(address, error="m").svg_inline(
        scale=5, dark="#000", light="#fff", svgclass="qr", omitsize=True
    )
    label = escape(frame.texts["enrolment.picture"])
    return frame.render(
        "enrolment_code",
        title=frame.texts["enrolment.title"],
        fragments={"picture": f'<div role="img" aria-label="{label}">{drawn}</div>'},
        code=f"{code[:_HALF_OF_CODE]}-{code[_HALF_OF_CODE:]}",
        name=name,
        redeem_at=address,
    )
