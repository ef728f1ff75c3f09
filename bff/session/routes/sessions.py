"""Where a person is signed in, and signing out elsewhere."""

from datetime import UTC, datetime
from html import escape
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bff import pages
from bff.session.browser_name import spoken_browser_name
from bff.session.forms import is_form, require_own_request
from bff.session.model import Session
from bff.session.notices import page
from bff.session.parts import SessionParts, parts_of
from bff.session.sign_out import all_ended_at_provider
from bff.session.store import LivingSession
from kernel.asgi import OrjsonResponse
from kernel.errors import NotFound, Unauthenticated

_SEE_OTHER: Final = 303


async def session_list(request: Request) -> Response:
    """The person's sessions at this BFF, the newest hundred; never a token or a session's id."""
    parts = parts_of(request)
    session_id, session = await _signed_in(request, parts)
    own = parts.store.handle_of(session_id)
    living = await parts.store.of_person(session)
    return OrjsonResponse({"sessions": [_shown(one, own) for one in living]})


async def devices_page(request: Request) -> Response:
    """The same as a page."""
    parts = parts_of(request)
    session_id = parts.cookies.session_id_of(request)
    session = await parts.store.find(session_id)
    if session is None or session_id is None:
        return RedirectResponse("/auth/login?return_to=%2Fauth%2Fdevices", _SEE_OTHER)
    form_token = parts.sealer.form_token(session_id)
    own = parts.store.handle_of(session_id)
    frame = pages.frame_for(request)
    rows = "".join(_row(frame, one, own, form_token) for one in await parts.store.of_person(session))
    title = frame.texts["devices.title"]
    return page(request, frame.render("devices", title=title, fragments={"rows": rows}, form_token=form_token))


async def end_one(request: Request) -> Response:
    """End one of the person's sessions, which may be this one.

    Raises:
        NotFound: it is not the person's, or has ended.
    """
    parts = parts_of(request)
    session_id, session = await _signed_in(request, parts)
    await require_own_request(request, parts, session_id)
    handle = str(request.path_params["handle"])
    ended = await parts.store.end_of_person(session, [handle])
    if not ended:
        raise NotFound("you have no such session")
    await all_ended_at_provider(parts.provider, ended)
    is_this_one = handle == parts.store.handle_of(session_id)
    return _after(request, parts, len(ended), is_signed_out=is_this_one)


async def end_all(request: Request) -> Response:
    """Sign out everywhere, here too."""
    parts = parts_of(request)
    session_id, session = await _signed_in(request, parts)
    await require_own_request(request, parts, session_id)
    ended = await parts.store.end_of_person(session)
    await all_ended_at_provider(parts.provider, ended)
    return _after(request, parts, len(ended), is_signed_out=True)


ROUTES: Final = (
    Route("/auth/sessions", session_list),
    Route("/auth/devices", devices_page),
    Route("/auth/sessions/end", end_all, methods=["POST"]),
    Route("/auth/sessions/{handle}/end", end_one, methods=["POST"]),
)


async def _signed_in(request: Request, parts: SessionParts) -> tuple[str, Session]:
    session_id = parts.cookies.session_id_of(request)
    session = await parts.store.find(session_id)
    if session is None or session_id is None:
        raise Unauthenticated("sign in first")
    return session_id, session


def _after(request: Request, parts: SessionParts, ended: int, *, is_signed_out: bool) -> Response:
    if is_form(request):
        response: Response = RedirectResponse("/auth/signed-out" if is_signed_out else "/auth/devices", _SEE_OTHER)
    else:
        response = OrjsonResponse({"ended": ended, "signed_out": is_signed_out})
    if is_signed_out:
        parts.cookies.clear_session(response)
    return response


def _shown(one: LivingSession, own: str) -> dict[str, object]:
    return {
        "handle": one.handle,
        "browser": one.session.browser,
        "started_at": one.session.started_at,
        "ends_at": one.session.ends_at,
        "is_current": one.handle == own,
    }


def _row(frame: pages.Frame, one: LivingSession, own: str, form_token: str) -> str:
    started = datetime.fromtimestamp(one.session.started_at, UTC)
    here = f'<span class="here">{escape(frame.texts["devices.here"])}</span>'
    return frame.fragment(
        "device",
        fragments={"here": here if one.handle == own else ""},
        browser=spoken_browser_name(one.session.browser, frame.texts),
        started=frame.texts.instant(started),
        machine_time=started.isoformat(),
        handle=one.handle,
        form_token=form_token,
    )
