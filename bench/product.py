"""How a benchmark signs in to the running product (`./retailflow up`)."""

import re
from html import unescape
from urllib.parse import urljoin

import aiohttp

SESSION_COOKIE = "__Host-retailflow-session"


async def signed_in(session: aiohttp.ClientSession, web_url: str, username: str, password: str) -> dict[str, str]:
    """Headers that carry a browser session of the web BFF, made through the development provider's login page."""
    cookies: dict[str, str] = {}
    url, form = urljoin(web_url, "/auth/login"), None
    for _ in range(8):
        url, form, page = await _step(session, url, form, cookies)
        if SESSION_COOKIE in cookies:
            return {"cookie": f"{SESSION_COOKIE}={cookies[SESSION_COOKIE]}", "x-retail-csrf": "1"}
        if page is not None:
            action, hidden = _login_form(page)
            url, form = urljoin(url, action), {**hidden, "username": username, "password": password}
    raise RuntimeError("sign-in did not finish")


async def _step(
    session: aiohttp.ClientSession, url: str, form: dict[str, str] | None, cookies: dict[str, str]
) -> tuple[str, None, str | None]:
    # cookies are Secure; a plain client must send them itself on loopback http
    headers = {"cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
    method = "POST" if form is not None else "GET"
    async with session.request(method, url, data=form, headers=headers, allow_redirects=False) as response:
        cookies.update({name: morsel.value for name, morsel in response.cookies.items()})
        if response.status in {301, 302, 303, 307}:
            return urljoin(url, response.headers["location"]), None, None
        return url, None, await response.text()


def _login_form(page: str) -> tuple[str, dict[str, str]]:
    action = re.search(r'<form[^>]*action="([^"]*)"', page)
    hidden = re.findall(r'<input[^>]*type="hidden"[^>]*name="([^"]*)"[^>]*value="([^"]*)"', page)
    return unescape(action.group(1)) if action else "", {name: unescape(value) for name, value in hidden}
