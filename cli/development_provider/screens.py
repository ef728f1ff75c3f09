"""What the provider shows: sign-in, one-time code, password, sign-out, refusals. Pages need nothing from elsewhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from urllib.parse import urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from bff import pages
from bff.pages.languages import remember
from bff.pages.texts import Texts
from cli.development_provider.provider import AuthorizationRequest, OAuthError
from cli.development_provider.realm import User


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a person who signs in, where the answer goes and where it is asked again."""

    asked: AuthorizationRequest
    query: str
    action: str
    begun_at: str

    @property
    def client(self) -> str:
        """The application's name, as HTML."""
        return f"<strong>{escape(self.asked.client.name or self.asked.client.client_id)}</strong>"


def login_screen(
    request: Request, question: Question, people: Sequence[User], *, failed_username: str | None
) -> Response:
    """The form for name and password, and the demo users to choose from; 401 after a failed attempt."""
    frame = pages.frame_for(request, address=question.begun_at)
    password = people[0].credentials[0].value if people else ""
    body = frame.fill(
        _template("login.html"),
        action=question.action,
        request=question.query,
        username=failed_username or "",
        hidden_password=password,
        fragments={
            "client": question.client,
            "password": f"<code>{escape(password)}</code>",
            "people": _rows(people, frame.texts),
            "error": _alert(frame.texts["provider.wrong_password"]) if failed_username else "",
        },
    )
    html = frame.around(frame.texts["actions.sign_in"], body)
    status = 401 if failed_username is not None else 200
    return _page(request, frame, html, form_targets=_origin(question.asked.redirect_uri), status=status)


def code_screen(request: Request, question: Question, code: str, *, is_refused: bool) -> Response:
    """The form for a one-time code, and the code itself; 401 after a failed attempt."""
    frame = pages.frame_for(request, address=question.begun_at)
    body = frame.fill(
        _template("one_time_code.html"),
        action=question.action,
        request=question.query,
        fragments={
            "client": question.client,
            "code": f"<code>{code}</code>",
            "error": _alert(frame.texts["provider.wrong_code"]) if is_refused else "",
        },
    )
    html = frame.around(frame.texts["provider.code_title"], body)
    status = 401 if is_refused else 200
    return _page(request, frame, html, form_targets=_origin(question.asked.redirect_uri), status=status)


def password_screen(request: Request, username: str, key: str, *, shortest: int | None, status: int) -> Response:
    """The form to choose a password; `shortest` tells that the last one was shorter."""
    frame = pages.frame_for(request, address=f"{request.url.path}?{urlencode({'key': key})}")
    error = "" if shortest is None else _alert(frame.texts.say("provider.password_too_short", length=str(shortest)))
    body = frame.fill(
        _template("password.html"),
        key=key,
        name=username,
        fragments={"username": f"<strong>{escape(username)}</strong>", "error": error},
    )
    return _page(request, frame, frame.around(frame.texts["provider.password"], body), status=status)


def logout_question(request: Request, form: Mapping[str, str], action: str) -> Response:
    """Asks before a browser is signed out that brought no ID token."""
    hidden = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(form[name])}">'
        for name in ("client_id", "post_logout_redirect_uri", "state")
        if name in form
    )
    frame = pages.frame_for(request)
    body = frame.fill(_template("logout.html"), action=action, fragments={"hidden": hidden})
    html = frame.around(frame.texts["actions.sign_out"], body)
    return _page(request, frame, html, form_targets=_origin(form.get("post_logout_redirect_uri", "")))


def refusal_screen(request: Request, refusal: OAuthError) -> Response:
    """Why a request is not served, where nobody can be redirected; the reason is for who wrote the client."""
    frame = pages.frame_for(request)
    body = frame.fill(_template("refusal.html"), reason=refusal.description, code=refusal.code)
    html = frame.around(frame.texts["provider.refused_title"], body)
    return _page(request, frame, html, status=refusal.status)


def say(request: Request, heading: str, message: str | None = None, *, status: int = 200) -> Response:
    """A page that says one thing, by the names of its texts."""
    frame = pages.frame_for(request)
    paragraph = f"<p>{escape(frame.texts[message])}</p>" if message else ""
    body = f'<section class="panel"><h1>{escape(frame.texts[heading])}</h1>{paragraph}</section>'
    return _page(request, frame, frame.around(frame.texts["provider.title"], body), status=status)


def _page(request: Request, frame: pages.Frame, html: str, *, form_targets: str = "", status: int = 200) -> Response:
    """`html` as an answer; its forms go to us and to `form_targets` only."""
    policy = (
        f"default-src 'none'; style-src 'nonce-{frame.nonce}'; img-src 'self'; base-uri 'none'; "
        f"frame-ancestors 'none'; form-action 'self' {form_targets}"
    )
    response = HTMLResponse(html, status, pages.headers(policy.strip(), frame.texts))
    remember(request, response)
    return response


def _template(name: str) -> str:
    return files("cli.development_provider").joinpath(name).read_text("utf-8")


def _alert(text: str) -> str:
    return f'<p class="error" role="alert">{escape(text)}</p>'


def _rows(people: Sequence[User], texts: Texts) -> str:
    by_role: dict[str, list[User]] = {}
    for user in people:
        by_role.setdefault(", ".join(texts.role(role) for role in user.realm_roles), []).append(user)
    return "\n".join(f'<tr><th scope="row">{escape(role)}</th>{_cells(users)}</tr>' for role, users in by_role.items())


def _cells(users: Sequence[User]) -> str:
    if len(users) == 1:
        return f'<td colspan="2">{_pick(users[0])}</td>'
    return "".join(f"<td>{_pick(user)}</td>" for user in users)


def _pick(user: User) -> str:
    name = escape(user.username)
    return f'<button class="pick" name="username" value="{name}">{name}</button>'


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""
