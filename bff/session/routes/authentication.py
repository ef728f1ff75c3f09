"""Sign-in, sign-out and the provider's logout calls."""

from dataclasses import replace
from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bff.pages.languages import language_of, remember
from bff.pages.texts import texts_in
from bff.session.browser_name import browser_name
from bff.session.csrf import CSRF_HEADER, CSRF_VALUE
from bff.session.forms import is_form, require_own_request
from bff.session.login_transaction import Purpose, browser_binding
from bff.session.model import Session
from bff.session.notices import code_detail, notice
from bff.session.parts import SessionParts, parts_of
from bff.session.return_to import safe_return_to, with_mark
from bff.session.sign_in import AuthorizationResponse, FormRequired
from bff.session.sign_out import ended_at_provider
from bff.session.store import SessionEndedMeanwhile
from bff.session.tenant_choice import choice_page
from kernel.asgi import OrjsonResponse
from kernel.errors import BadUserInput, DomainError, Unauthenticated, Unavailable
from kernel.identity import SecondFactor
from kernel.telemetry import counter, get_logger

log = get_logger(__name__)
_SIGN_INS = counter("bff_sign_ins_total", "Sign-ins of the BFF", ("outcome",))

_SEE_OTHER: Final = 303
_MAX_PARAMETER_LENGTH: Final = 4096


async def login(request: Request) -> Response:
    """Begin a sign-in, step-up or silent sign-in and send the browser to the identity provider."""
    parts = parts_of(request)
    browser = browser_binding(request.cookies.get(parts.cookies.login))
    purpose = _purpose(request)
    session_id = parts.cookies.session_id_of(request)
    session = await parts.store.find(session_id)
    # whoever asks for a form may sign in as somebody else
    kept = session if purpose is not Purpose.SIGN_IN else None
    transaction = await parts.transactions.begin(
        browser,
        safe_return_to(request.query_params.get("return_to")),
        purpose=purpose,
        subject=kept.subject if kept is not None else None,
        tenant=kept.tenant if kept is not None else None,
    )
    target = await parts.provider.authorization_url(transaction, language=language_of(request))
    response = RedirectResponse(target, _SEE_OTHER)
    remember(request, response)
    parts.cookies.set_login(response, browser)
    if session_id is not None and session is None:
        parts.cookies.clear_session(response)
    return response


async def callback(request: Request) -> Response:
    """Complete a sign-in: a new session under a new id; the browser's former session ends."""
    parts = parts_of(request)
    try:
        answer = _authorization_response(request)
        signed_in = await parts.sign_in.complete(answer, request.cookies.get(parts.cookies.login))
        session = replace(signed_in.session, browser=browser_name(request.headers.get("user-agent")))
        session_id = await parts.store.start(session)
    except FormRequired as unknown:
        _SIGN_INS.labels("form_required").inc()
        return RedirectResponse(with_mark(unknown.return_to), _SEE_OTHER)
    except SessionEndedMeanwhile:
        return _refused(request, Unauthenticated("you were signed out meanwhile", code="SIGNED_OUT_MEANWHILE"), 400)
    except Unavailable as failure:
        return _refused(request, failure, 503)
    except (BadUserInput, Unauthenticated) as refusal:
        return _refused(request, refusal, 400)
    await parts.store.end(parts.cookies.session_id_of(request))
    _SIGN_INS.labels("signed_in").inc()
    log.info("session_started", subject=signed_in.session.subject, tenant=signed_in.session.tenant_id)
    must_choose = signed_in.session.has_choice and not signed_in.has_chosen
    response = RedirectResponse(choice_page(signed_in.return_to) if must_choose else signed_in.return_to, _SEE_OTHER)
    parts.cookies.set_session(response, session_id)
    return response


async def logout(request: Request) -> Response:
    """End the session here and at the provider; from our own form, or by a script with the CSRF header."""
    parts = parts_of(request)
    session_id = parts.cookies.session_id_of(request)
    await require_own_request(request, parts, session_id)
    session = await parts.store.end(session_id)
    target = await _after_sign_out(parts, session)
    if is_form(request):
        response: Response = RedirectResponse(target, _SEE_OTHER)
    else:
        response = OrjsonResponse({"signed_out": True, "continue_at": target})
    parts.cookies.clear_session(response)
    return response


async def session_view(request: Request) -> Response:
    """Who is signed in: never a token."""
    parts = parts_of(request)
    csrf = {"header": CSRF_HEADER, "value": CSRF_VALUE}
    session = await parts.store.find(parts.cookies.session_id_of(request))
    if session is None:
        return OrjsonResponse({"signed_in": False, "csrf": csrf}, status_code=401)
    return OrjsonResponse(
        {
            "signed_in": True,
            "subject": session.subject,
            "username": session.username,
            "name": session.name,
            "roles": session.roles,
            "scopes": sorted(session.scopes),
            "tenant_id": session.tenant_id,
            "store_ids": session.store_ids,
            "ends_at": session.ends_at,
            "acr": session.second_factor.level,
            "second_factor_until": session.second_factor.counts_until,
            "csrf": csrf,
        }
    )


async def backchannel_logout(request: Request) -> Response:
    """End the sessions that the provider's logout token names."""
    parts = parts_of(request)
    content_type = request.headers.get("content-type")
    await parts.logout.accept(content_type, await request.body(), await parts.provider.keys())
    return Response(status_code=200, headers={"cache-control": "no-store"})


async def signed_out(request: Request) -> Response:
    """The page after signing out."""
    texts = texts_in(language_of(request))
    return notice(
        request,
        heading=texts["signed_out.heading"],
        message=texts["signed_out.message"],
        actions=(("/auth/login", texts["signed_out.again"]), ("/", texts["actions.start_page"])),
    )


def step_up_path(return_to: str) -> str:
    """Where a signed-in browser goes to give a second factor."""
    return f"/auth/login?{urlencode({'step_up': SecondFactor.LEVEL, 'return_to': return_to})}"


ROUTES: Final = (
    Route("/auth/login", login),
    Route("/auth/callback", callback),
    Route("/auth/logout", logout, methods=["POST"]),
    Route("/auth/session", session_view),
    Route("/auth/backchannel-logout", backchannel_logout, methods=["POST", "GET", "PUT"]),
    Route("/auth/signed-out", signed_out),
)


def _purpose(request: Request) -> Purpose:
    level, silent = request.query_params.get("step_up"), request.query_params.get("silent")
    if level not in {None, SecondFactor.LEVEL} or silent not in {None, "1"} or (level and silent):
        raise BadUserInput(f"step_up is {SecondFactor.LEVEL}, silent is 1, and only one of them is asked for")
    if level is not None:
        return Purpose.STEP_UP
    return Purpose.SIGN_IN if silent is None else Purpose.SILENT


def _authorization_response(request: Request) -> AuthorizationResponse:
    parameters = request.query_params
    # a doubled parameter is read differently by different parsers
    if len(parameters.multi_items()) != len(parameters.keys()):
        raise BadUserInput("a parameter occurs twice", code="LOGIN_RESPONSE_MALFORMED")
    state = parameters.get("state", "")
    if not state or any(len(value) > _MAX_PARAMETER_LENGTH for value in parameters.values()):
        raise BadUserInput("there is no state", code="LOGIN_STATE_UNKNOWN")
    return AuthorizationResponse(state, parameters.get("code"), parameters.get("iss"), parameters.get("error"))


def _refused(request: Request, refusal: DomainError, status: int) -> Response:
    _SIGN_INS.labels("refused").inc()
    log.warning("sign_in_refused", code=refusal.code, reason=refusal.message)
    texts = texts_in(language_of(request))
    return notice(
        request,
        heading=texts["problems.sign_in"],
        message=texts.error(refusal.code),
        detail=code_detail(refusal.code),
        actions=(("/auth/login", texts["actions.try_again"]), ("/", texts["actions.start_page"])),
        status=status,
    )


async def _after_sign_out(parts: SessionParts, session: Session | None) -> str:
    if session is None or await ended_at_provider(parts.provider, session):
        return "/auth/signed-out"
    return await parts.provider.browser_logout_url()
