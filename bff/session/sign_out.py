"""Telling the identity provider that sessions have ended here."""

import asyncio
from collections.abc import Sequence
from typing import Final

from bff.session.model import Session
from bff.session.oidc import OidcClient
from kernel.telemetry import get_logger

log = get_logger(__name__)
_AT_ONCE: Final = 8


async def ended_at_provider(provider: OidcClient, session: Session) -> bool:
    """End the provider's session and its tokens; False if the provider could not be told."""
    if session.refresh_token is not None:
        await provider.revoke(session.refresh_token)
    is_ended = await provider.end_session(session.id_token)
    log.info("session_ended", reason="signed_out", subject=session.subject, ended_at_provider=is_ended)
    return is_ended


async def all_ended_at_provider(provider: OidcClient, sessions: Sequence[Session]) -> bool:
    """End the provider's sessions behind `sessions`, each once, a few at a time; False if one is left."""
    distinct = {session.provider_session_id or session.id_token: session for session in sessions}
    places = asyncio.Semaphore(_AT_ONCE)

    async def end(session: Session) -> bool:
        async with places:
            return await ended_at_provider(provider, session)

    return all(await asyncio.gather(*map(end, distinct.values())))
