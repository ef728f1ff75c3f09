"""Which tenants a person may enter, and entering another: a new sign-in, and with it a new session under a new id."""

from collections.abc import Mapping
from html import escape
from typing import Final, cast

import orjson
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bff import pages
from bff.pages.languages import language_of
from bff.session.forms import is_form, require_own_request
from bff.session.login_transaction import browser_binding
from bff.session.model import Session
from bff.session.notices import page
from bff.session.parts import SessionParts, parts_of
from bff.session.return_to import safe_return_to
from bff.session.tenant_choice import CHOICE_PATH, TenantChoice
from kernel.asgi import OrjsonResponse
from kernel.errors import BadUserInput, Forbidden, Unauthenticated

_SEE_OTHER: Final = 303


async def tenant_list(request: Request) -> Response:
    """The person's tenants; a person of one tenant gets that one, without a name."""
    parts = parts_of(request)
    session = await _signed_in(request, parts)
    return OrjsonResponse({"tenants": [_shown(one, session) for one in _enterable(session)]})


async def choice(request: Request) -> Response:
    """The same as a page, which leads on to `return_to`."""
    parts = parts_of(request)
    session_id = parts.cookies.session_id_of(request)
    session = await parts.store.find(session_id)
    return_to = safe_return_to(request.query_params.get("return_to"))
    if session is None or session_id is None:
        return RedirectResponse("/auth/login", _SEE_OTHER)
    if not session.has_choice:
        return RedirectResponse(return_to, _SEE_OTHER)
    frame = pages.frame_for(request)
    form_token = parts.sealer.form_token(session_id)
    here = f'<span class="here">{escape(frame.texts["tenants.here"])}</span>'
    rows = "".join(
        frame.fragment(
            "tenant",
            fragments={"here": here if one.tenant_id == session.tenant_id else ""},
            name=one.name,
            tenant_id=one.tenant_id,
            return_to=return_to,
            form_token=form_token,
        )
        for one in session.tenants
    )
    return page(request, frame.render("tenants", title=frame.texts["tenants.title"], fragments={"rows": rows}))


async def switch(request: Request) -> Response:
    """Begin a sign-in into another tenant; this session goes on until the person has arrived there.

    Raises:
        Forbidden: the person is not of this tenant.
    """
    parts = parts_of(request)
    session = await _signed_in(request, parts)
    await require_own_request(request, parts, parts.cookies.session_id_of(request))
    wanted, return_to = await _wish(request)
    chosen = next((one for one in _enterable(session) if one.tenant_id == wanted), None)
    if chosen is None:
        raise Forbidden("you are not of this tenant", code="TENANT_REFUSED")
    browser = browser_binding(request.cookies.get(parts.cookies.login))
    transaction = await parts.transactions.begin(browser, return_to, subject=session.subject, tenant=chosen)
    target = await parts.provider.authorization_url(transaction, language=language_of(request))
    if is_form(request):
        response: Response = RedirectResponse(target, _SEE_OTHER)
    else:
        response = OrjsonResponse({"continue_at": target})
    parts.cookies.set_login(response, browser)
    return response


ROUTES: Final = (
    Route("/auth/tenants", tenant_list),
    Route(CHOICE_PATH, choice),
    Route("/auth/switch", switch, methods=["POST"]),
)


async def _signed_in(request: Request, parts: SessionParts) -> Session:
    session = await parts.store.find(parts.cookies.session_id_of(request))
    if session is None:
        raise Unauthenticated("sign in first")
    return session


async def _wish(request: Request) -> tuple[str, str]:
    """The tenant's id and where to go then, from our form or a script's JSON."""
    given = await _members(request)
    tenant_id, return_to = given.get("tenant_id"), given.get("return_to")
    if not isinstance(tenant_id, str):
        raise BadUserInput("name the tenant: tenant_id")
    return tenant_id, safe_return_to(return_to if isinstance(return_to, str) else None)


async def _members(request: Request) -> Mapping[str, object]:
    if is_form(request):
        async with request.form(max_files=0, max_fields=4) as form:
            return dict(form)
    try:
        body: object = orjson.loads(await request.body())
    except orjson.JSONDecodeError:
        raise BadUserInput("the body is not JSON") from None
    return cast("Mapping[str, object]", body) if isinstance(body, dict) else {}


def _enterable(session: Session) -> tuple[TenantChoice, ...]:
    if session.tenants or session.tenant_id is None:
        return session.tenants
    return (TenantChoice(0, session.tenant_id, ""),)


def _shown(one: TenantChoice, session: Session) -> dict[str, object]:
    return {"tenant_id": one.tenant_id, "name": one.name, "is_current": one.tenant_id == session.tenant_id}
