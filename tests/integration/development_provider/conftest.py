"""The development provider alone, over HTTP."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import aiohttp
import pytest

from bff.session.pkce import challenge_of, new_verifier
from cli.development_provider.app import create_app, create_provider
from cli.development_provider.provider import Provider
from tests.factories.bff import (
    BFF_SECRET,
    OWNER,
    PASSWORD,
    Answer,
    Browser,
    free_socket,
    origin_of,
    provider_settings,
    serving,
    submit_login,
)

WEB_URL = "http://127.0.0.1:9"


@dataclass
class Identity:
    provider: Provider
    http: aiohttp.ClientSession
    state_folder: Path

    def browser(self) -> Browser:
        return Browser(self.http)

    def endpoint(self, name: str) -> str:
        return f"{self.provider.issuer}/protocol/openid-connect/{name}"

    def authorization_url(self, verifier: str, **changes: str | None) -> str:
        query = {
            "response_type": "code",
            "client_id": "web-bff",
            "redirect_uri": f"{WEB_URL}/auth/callback",
            "scope": "openid profile",
            "state": "state-1",
            "nonce": "nonce-1",
            "code_challenge": challenge_of(verifier),
            "code_challenge_method": "S256",
        } | changes
        kept = {name: value for name, value in query.items() if value is not None}
        return f"{self.endpoint('auth')}?{urlencode(kept)}"

    async def code(self, verifier: str, browser: Browser | None = None) -> str:
        used = browser or self.browser()
        page = await used.get(self.authorization_url(verifier))
        answer = page if page.status == 303 else await submit_login(used, page, OWNER, PASSWORD)
        return parse_qs(urlsplit(answer.location).query)["code"][0]

    async def token(self, client_id: str = "web-bff", secret: str = BFF_SECRET, **form: str) -> Answer:
        credentials = {"client_id": client_id, "client_secret": secret}
        return await self.browser().post(self.endpoint("token"), data=form | credentials)

    async def tokens(self) -> dict[str, str]:
        verifier = new_verifier()
        answer = await self.exchanged(await self.code(verifier), verifier)
        assert answer.status == 200, answer.text
        return answer.json()

    async def exchanged(self, code: str, verifier: str, **changes: str) -> Answer:
        form = {"code": code, "code_verifier": verifier, "redirect_uri": f"{WEB_URL}/auth/callback"} | changes
        return await self.token(grant_type="authorization_code", **form)

    async def refreshed(self, refresh_token: str) -> Answer:
        return await self.token(grant_type="refresh_token", refresh_token=refresh_token)


@pytest.fixture(scope="module")
async def identity(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Identity]:
    listening = free_socket()
    folder = tmp_path_factory.mktemp("provider")
    settings = provider_settings(origin_of(listening), WEB_URL, folder)
    provider = create_provider(settings)
    async with serving(create_app(settings, provider), listening), aiohttp.ClientSession() as http:
        yield Identity(provider, http, folder)
