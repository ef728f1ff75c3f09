"""The provider over HTTP, under the same paths as a Keycloak realm."""

from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from bff import pages
from bff.session.pkce import CHALLENGE_METHOD
from cli.development_provider.accounts import demo_people
from cli.development_provider.ledger import OTP, PASSWORD, ProviderSession
from cli.development_provider.provider import AuthorizationRequest, OAuthError, Provider
from cli.development_provider.screens import Question, code_screen, login_screen, logout_question, refusal_screen, say
from kernel.asgi import OrjsonResponse

COOKIE: Final = "__Host-retailflow-development-provider"
_PROTOCOL: Final = "protocol/openid-connect"
_GRANTS: Final = ["authorization_code", "refresh_token", "client_credentials"]


class ProviderRoutes:
    """The endpoints of one provider."""

    def __init__(self, provider: Provider, url: str) -> None:
        self._provider = provider
        self._url = url
        self._base = f"/realms/{provider.realm.name}"

    def routes(self) -> Sequence[BaseRoute]:
        """Everything the provider answers."""
        protocol = f"{self._base}/{_PROTOCOL}"
        return [
            Route(f"{self._base}/.well-known/openid-configuration", self.discovery),
            Route(f"{protocol}/auth", self.authorize),
            Route(f"{self._base}/login-actions/authenticate", self.authenticate, methods=["POST"]),
            Route(f"{self._base}/login-actions/one-time-code", self.one_time_code, methods=["POST"]),
            Route(f"{protocol}/token", self.token, methods=["POST"]),
            Route(f"{protocol}/certs", self.keys),
            Route(f"{protocol}/userinfo", self.userinfo, methods=["GET", "POST"]),
            Route(f"{protocol}/revoke", self.revoke, methods=["POST"]),
            Route(f"{protocol}/logout", self.logout, methods=["GET", "POST"]),
            Route("/assets/site.css", _stylesheet),
            Route("/assets/mark.svg", _mark),
            Route("/", _start),
        ]

    async def discovery(self, _request: Request) -> Response:
        """The discovery document."""
        issuer = self._provider.issuer
        protocol = f"{issuer}/{_PROTOCOL}"
        return OrjsonResponse(
            {
                "issuer": issuer,
                "authorization_endpoint": f"{protocol}/auth",
                "token_endpoint": f"{protocol}/token",
                "jwks_uri": f"{protocol}/certs",
                "userinfo_endpoint": f"{protocol}/userinfo",
                "revocation_endpoint": f"{protocol}/revoke",
                "end_session_endpoint": f"{protocol}/logout",
                "response_types_supported": ["code"],
                "grant_types_supported": _GRANTS,
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
                "acr_values_supported": [PASSWORD, OTP],
                "code_challenge_methods_supported": [CHALLENGE_METHOD],
                "scopes_supported": ["openid", "profile"],
                "authorization_response_iss_parameter_supported": True,
                "backchannel_logout_supported": True,
                "backchannel_logout_session_supported": True,
            }
        )

    async def authorize(self, request: Request) -> Response:
        """Ask who it is, or send a browser that is signed in straight back."""
        query = dict(request.query_params)
        try:
            _, redirect_uri = self._provider.known_redirect(query)
        except OAuthError as refusal:
            return refusal_screen(request, refusal)
        try:
            asked = self._provider.checked(query)
        except OAuthError as refusal:
            return self._sent_back(redirect_uri, query.get("state"), {"error": refusal.code})
        session = self._provider.ledger.session_of_cookie(request.cookies.get(COOKIE))
        if session is None or asked.wants_password or not asked.is_recent(session):
            if asked.is_silent:
                return self._sent_back(redirect_uri, asked.state, {"error": "login_required"})
            return self._login_screen(request, asked, request.url.query)
        return self._challenge(request, asked, request.url.query, session)

    async def authenticate(self, request: Request) -> Response:
        """Check name and password from our own login page."""
        form = await _form(request)
        query = form.get("request", "")
        try:
            asked = self._asked_on_our_page(request, query)
        except OAuthError as refusal:
            return refusal_screen(request, refusal)
        username = form.get("username", "")
        user = self._provider.accounts.user_with(username, form.get("password", ""))
        if user is None:
            return self._login_screen(request, asked, query, failed_username=username)
        ledger, account_id = self._provider.ledger, self._provider.accounts.id_of(user)
        former = ledger.session_of_cookie(request.cookies.get(COOKIE))
        if former is not None and former.account_id == account_id:
            session, cookie = ledger.sign_in_again(former)
        else:
            if former is not None:
                await self._provider.end_session(former.sid)
            session, cookie = ledger.start_session(account_id)
        response = self._challenge(request, asked, query, session)
        response.set_cookie(COOKIE, cookie, path="/", secure=True, httponly=True, samesite="lax")
        return response

    async def one_time_code(self, request: Request) -> Response:
        """Check a one-time code from our own page; the session is of the second level then."""
        form = await _form(request)
        query = form.get("request", "")
        session = self._provider.ledger.session_of_cookie(request.cookies.get(COOKIE))
        try:
            asked = self._asked_on_our_page(request, query)
        except OAuthError as refusal:
            return refusal_screen(request, refusal)
        if session is None:
            return self._login_screen(request, asked, query)
        if not self._provider.one_time_codes.is_good(session.account_id, form.get("code", "").strip()):
            return self._code_screen(request, asked, query, session, is_refused=True)
        self._provider.ledger.step_up(session)
        return self._with_code(asked, session)

    async def token(self, request: Request) -> Response:
        """The token endpoint."""
        form = await _form(request)
        try:
            client = self._provider.authenticated_client(request.headers.get("authorization"), form)
            match form.get("grant_type"):
                case "authorization_code":
                    answer = await self._provider.tokens_for_code(client, form)
                case "refresh_token":
                    answer = await self._provider.tokens_for_refresh(client, form)
                case "client_credentials":
                    answer = self._provider.tokens_for_client(client)
                case _:
                    raise OAuthError("unsupported_grant_type", "this grant is not offered")  # noqa: TRY301
        except OAuthError as refusal:
            return _refusal(refusal)
        return OrjsonResponse(answer)

    async def keys(self, _request: Request) -> Response:
        """The published keys."""
        return OrjsonResponse(self._provider.mint.published_keys())

    async def userinfo(self, request: Request) -> Response:
        """Who an access token stands for, while its session lives."""
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        claims = self._provider.mint.own_claims(token, "Bearer")
        if claims is None or self._provider.ledger.session(str(claims.get("sid"))) is None:
            return _refusal(OAuthError("invalid_token", "the access token is not good", 401))
        wanted = ("sub", "name", "preferred_username", "tenant_id", "store_ids")
        return OrjsonResponse({name: claims[name] for name in wanted if name in claims})

    async def revoke(self, request: Request) -> Response:
        """Forget a refresh token; unknown ones are fine (RFC 7009 §2.2)."""
        form = await _form(request)
        try:
            client = self._provider.authenticated_client(request.headers.get("authorization"), form)
        except OAuthError as refusal:
            return _refusal(refusal)
        self._provider.ledger.revoke_refresh(form.get("token", ""), client.client_id)
        return Response(status_code=200)

    async def logout(self, request: Request) -> Response:
        """End the session that the ID token hint names, or after a question the browser's own."""
        form = await _form(request) if request.method == "POST" else dict(request.query_params)
        hint = self._provider.mint.own_claims(form.get("id_token_hint", ""), "ID", even_expired=True)
        client = self._provider.realm.clients.get(form.get("client_id") or str((hint or {}).get("azp", "")))
        target = form.get("post_logout_redirect_uri")
        if target is not None and (client is None or target not in client.signed_out_uris):
            unregistered = OAuthError("invalid_request", "this address is not registered for signing out")
            return refusal_screen(request, unregistered)
        if hint is not None:
            sid = str(hint.get("sid"))
        else:
            session = self._provider.ledger.session_of_cookie(request.cookies.get(COOKIE))
            if session is not None and not self._is_confirmed(request, form):
                return logout_question(request, form, f"{self._base}/{_PROTOCOL}/logout")
            sid = session.sid if session is not None else ""
        await self._provider.end_session(sid)
        response: Response = _with_state(target, form.get("state")) if target else say(request, "provider.signed_out")
        response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="lax")
        return response

    def _asked_on_our_page(self, request: Request, query: str) -> AuthorizationRequest:
        """The authorization request that a form of ours carries.

        Raises:
            OAuthError: the form is another's, or the request is not good.
        """
        if request.headers.get("origin", self._url) != self._url:
            raise OAuthError("access_denied", "this form is not from our login page", 403)
        return self._provider.checked(dict(parse_qsl(query)))

    def _is_confirmed(self, request: Request, form: Mapping[str, str]) -> bool:
        is_own = request.headers.get("origin", self._url) == self._url
        return request.method == "POST" and is_own and form.get("confirmed") == "yes"

    def _sent_back(self, redirect_uri: str, state: str | None, answer: Mapping[str, str]) -> Response:
        query = {**answer, "iss": self._provider.issuer}
        if state is not None:
            query["state"] = state
        return RedirectResponse(f"{redirect_uri}?{urlencode(query)}", 303)

    def _with_code(self, asked: AuthorizationRequest, session: ProviderSession) -> Response:
        code = self._provider.code_for(asked, session)
        return self._sent_back(asked.redirect_uri, asked.state, {"code": code, "session_state": session.sid})

    def _challenge(
        self, request: Request, asked: AuthorizationRequest, query: str, session: ProviderSession
    ) -> Response:
        """Straight back with a code, or the question that the asked level still needs."""
        if self._provider.is_strong_enough(asked, session):
            return self._with_code(asked, session)
        if asked.is_silent:
            return self._sent_back(asked.redirect_uri, asked.state, {"error": "interaction_required"})
        return self._code_screen(request, asked, query, session, is_refused=False)

    def _code_screen(
        self, request: Request, asked: AuthorizationRequest, query: str, session: ProviderSession, *, is_refused: bool
    ) -> Response:
        code = self._provider.one_time_codes.current(session.account_id)
        question = self._question(asked, query, "one-time-code")
        return code_screen(request, question, code, is_refused=is_refused)

    def _login_screen(
        self, request: Request, asked: AuthorizationRequest, query: str, *, failed_username: str | None = None
    ) -> Response:
        question = self._question(asked, query, "authenticate")
        return login_screen(request, question, demo_people(self._provider.accounts), failed_username=failed_username)

    def _question(self, asked: AuthorizationRequest, query: str, action: str) -> Question:
        begun_at = f"{self._base}/{_PROTOCOL}/auth?{query}"
        locales = dict(parse_qsl(query)).get("ui_locales")
        kept = f"?{urlencode({'ui_locales': locales})}" if locales else ""
        return Question(asked, query, f"{self._base}/login-actions/{action}{kept}", begun_at)


async def _form(request: Request) -> dict[str, str]:
    return dict(parse_qsl((await request.body()).decode("utf-8", "replace"), keep_blank_values=True))


def _refusal(refusal: OAuthError) -> Response:
    body = {"error": refusal.code, "error_description": refusal.description}
    return OrjsonResponse(body, status_code=refusal.status)


def _with_state(target: str, state: str | None) -> Response:
    return RedirectResponse(f"{target}?{urlencode({'state': state})}" if state else target, 303)


async def _stylesheet(_request: Request) -> Response:
    return Response(pages.asset("site.css"), media_type="text/css")


async def _mark(_request: Request) -> Response:
    return Response(pages.asset("mark.svg"), media_type="image/svg+xml")


async def _start(request: Request) -> Response:
    return say(request, "provider.heading", "provider.purpose")
