"""`retailflow demo`: load the demo shop. `up` does it at the first start."""

import asyncio
from contextlib import AsyncExitStack
from uuid import UUID

from cli.api_client import ApiClient, ApiError
from cli.console import open_console
from cli.demo.loading import Report, load_demo_shop
from cli.errors import CommandError
from cli.sales.connection import ApiAccount, connect
from cli.state import StateFolder


def demo() -> None:
    """Load two demo tenants with stores, people, products and stock. Safe to repeat."""
    console = open_console()
    asyncio.run(_load(lambda line: console.print(line, markup=False)))


async def _load(progress: Report) -> None:
    state = StateFolder.open()
    async with AsyncExitStack() as opened:

        def api_for(tenant_id: UUID) -> ApiClient:
            api = connect(state, tenant_id, account=ApiAccount.DEMO_SETUP)
            opened.push_async_callback(api.close)
            return api

        try:
            await load_demo_shop(api_for, progress)
        except ApiError as error:
            raise CommandError(f"the demo shop did not load ({error}); start again to complete it") from error
