"""A BFF's parts, built when the process starts and closed when it stops."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import cast

import aiohttp
from redis.asyncio import Redis
from starlette.requests import Request

from bff.session.backchannel_logout import BackchannelLogout, LogoutRules, token_types
from bff.session.cookies import Cookies
from bff.session.graphql_proxy import GraphQLUpstream, HttpUpstream
from bff.session.living_sessions import LivingSessions
from bff.session.login_transaction import LoginTransactions
from bff.session.oidc import ClientRegistration, OidcClient
from bff.session.rate_limits import RateLimits
from bff.session.redis_access import connect
from bff.session.refresh import FreshSessions
from bff.session.sealing import Sealer
from bff.session.settings import BffSettings
from bff.session.sign_in import SessionRules, SignIn
from bff.session.store import Lifetimes, SessionStore
from bff.session.trusted_documents import TrustedDocuments
from bff.session.watch import Watch


@dataclass(frozen=True, slots=True)
class SessionParts:
    """What the routes of every BFF work with."""

    settings: BffSettings
    cookies: Cookies
    redis: Redis
    sealer: Sealer
    store: SessionStore
    transactions: LoginTransactions
    provider: OidcClient
    sign_in: SignIn
    sessions: FreshSessions
    logout: BackchannelLogout
    upstream: GraphQLUpstream
    documents: TrustedDocuments
    rate_limits: RateLimits
    living_sessions: LivingSessions
    watch: Watch


def parts_of(request: Request) -> SessionParts:
    """The parts of the application that serves `request`."""
    return cast("SessionParts", request.app.state.parts)


@asynccontextmanager
async def opened(settings: BffSettings, upstream: GraphQLUpstream | None) -> AsyncGenerator[SessionParts]:
    """The parts, with their connections; `upstream` None means the router over HTTP."""
    redis = connect(settings.session_redis_url)
    # no cookie jar: an answer to one user must never colour the request of another
    # each stream keeps a connection to the router
    connector = aiohttp.TCPConnector(limit=256 + settings.streams_per_replica, keepalive_timeout=30)
    http = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=True)
    parts = _assembled(settings, redis, http, upstream)
    try:
        yield parts
    finally:
        await parts.watch.close()
        await http.close()
        await redis.aclose()


def _assembled(
    settings: BffSettings, redis: Redis, http: aiohttp.ClientSession, upstream: GraphQLUpstream | None
) -> SessionParts:
    sealer = Sealer(*settings.sealing_keys)
    lifetimes = Lifetimes(idle=settings.idle_seconds, absolute=settings.absolute_seconds)
    store = SessionStore(redis, sealer, lifetimes, namespace=settings.kind)
    transactions = LoginTransactions(redis, sealer, namespace=settings.kind)
    provider = OidcClient(_registration(settings), http)
    sign_in = SignIn(
        provider,
        transactions,
        SessionRules(settings.audience, settings.absolute_seconds, settings.second_factor_seconds),
    )
    rules = LogoutRules(
        settings.issuer,
        settings.client_id,
        token_types(settings.logout_token_types),
        all_on_sid=settings.logout_all_on_sid,
    )
    return SessionParts(
        settings=settings,
        cookies=settings.cookies,
        redis=redis,
        sealer=sealer,
        store=store,
        transactions=transactions,
        provider=provider,
        sign_in=sign_in,
        sessions=FreshSessions(store, sign_in, provider, ahead_seconds=settings.refresh_ahead_seconds),
        logout=BackchannelLogout(store, rules),
        upstream=upstream or HttpUpstream(settings.router_url, http),
        documents=TrustedDocuments.of_folder(settings.kind, settings.operations_folder / settings.kind),
        rate_limits=RateLimits(redis, namespace=settings.kind),
        living_sessions=LivingSessions(store),
        watch=Watch(
            redis,
            streams_per_session=settings.streams_per_session,
            streams_per_replica=settings.streams_per_replica,
        ),
    )


def _registration(settings: BffSettings) -> ClientRegistration:
    return ClientRegistration(
        issuer=settings.issuer,
        client_id=settings.client_id,
        client_secret=settings.client_secret,
        redirect_uri=f"{settings.public_url}/auth/callback",
        signed_out_uri=f"{settings.public_url}/auth/signed-out",
        discovery_url=settings.discovery_url or f"{settings.issuer}/.well-known/openid-configuration",
        second_factor_seconds=settings.second_factor_seconds,
    )
