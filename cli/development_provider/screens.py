"""What the provider shows: sign-in, one-time code, sign-out, refusals. Pages need nothing from elsewhere."""

from collections.abc import Mapping, Sequence
from html import escape
from importlib.resources import files
from string import Template
from urllib.parse import urlsplit

from starlette.responses import HTMLResponse, Response

from bff import pages
from cli.development_provider.provider import AuthorizationRequest, OAuthError
from cli.development_provider.realm import User


def login_screen(
    asked: AuthorizationRequest, query: str, action: str, people: Sequence[User], *, failed_username: str | None
) -> Response:
    """The form for name and password, and the demo users to choose from; 401 after a failed attempt."""
    refused = '<p class="error" role="alert">User name or password is wrong.</p>' if failed_username else ""
    body = _filled(
        "login.html",
        client=escape(asked.client.name or asked.client.client_id),
        action=action,
        request=escape(query),
        username=escape(failed_username or ""),
        password=escape(people[0].credentials[0].value) if people else "",
        people=_rows(people),
        error=refused,
    )
    status = 401 if failed_username is not None else 200
    return page("Sign in", body, form_targets=_origin(asked.redirect_uri), status=status)


def code_screen(asked: AuthorizationRequest, query: str, action: str, code: str, *, is_refused: bool) -> Response:
    """The form for a one-time code, and the code itself; 401 after a failed attempt."""
    body = _filled(
        "one_time_code.html",
        client=escape(asked.client.name or asked.client.client_id),
        action=action,
        request=escape(query),
        code=code,
        error='<p class="error" role="alert">This code is wrong or too old.</p>' if is_refused else "",
    )
    return page("One-time code", body, form_targets=_origin(asked.redirect_uri), status=401 if is_refused else 200)


def logout_question(form: Mapping[str, str], action: str) -> Response:
    """Asks before a browser is signed out that brought no ID token."""
    hidden = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(form[name])}">'
        for name in ("client_id", "post_logout_redirect_uri", "state")
        if name in form
    )
    body = (
        f'<section class="panel"><h1>Sign out?</h1><form method="post" action="{action}">{hidden}'
        '<input type="hidden" name="confirmed" value="yes">'
        '<p class="actions"><button class="button" type="submit">Sign out</button></p></form></section>'
    )
    return page("Sign out", body, form_targets=_origin(form.get("post_logout_redirect_uri", "")))


def refusal_screen(refusal: OAuthError) -> Response:
    """Why a request is not served, where nobody can be redirected."""
    body = (
        '<section class="panel"><h1>This request cannot be served</h1>'
        f"<p>{escape(refusal.description)} (<code>{escape(refusal.code)}</code>)</p></section>"
    )
    return page("Refused", body, status=refusal.status)


def page(title: str, body: str, *, form_targets: str = "", status: int = 200) -> Response:
    """`body` in the product's frame; forms go to us and to `form_targets` only."""
    policy = (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
        f"form-action 'self' {form_targets}"
    )
    return HTMLResponse(pages.framed(title, body), status, pages.headers(policy.strip()))


def _filled(template: str, **values: str) -> str:
    return Template(files("cli.development_provider").joinpath(template).read_text("utf-8")).substitute(values)


def _rows(people: Sequence[User]) -> str:
    by_role: dict[str, list[User]] = {}
    for user in people:
        by_role.setdefault(", ".join(user.realm_roles), []).append(user)
    return "\n".join(
        f'<tr><th scope="row">{escape(role.replace("_", " "))}</th>{_cells(users)}</tr>'
        for role, users in by_role.items()
    )


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
