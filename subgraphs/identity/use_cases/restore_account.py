"""Have an account made again that the identity provider has lost."""

from uuid import UUID

from kernel.database import Transaction
from kernel.telemetry import get_logger
from subgraphs.identity.model import AccountState
from subgraphs.identity.repository.people import user_for_update
from subgraphs.identity.use_cases.change_user import owe_account

log = get_logger(__name__)


async def restore_account(tx: Transaction, user_id: UUID) -> bool:
    """Owe the account, unless that is so already. It has no password then: whoever invited decides on a mail."""
    user = await user_for_update(tx.session, user_id)
    if user is None or user.account_state != AccountState.IN_STEP:
        return False
    await owe_account(tx, user)
    log.info("account_lost", user_id=str(user_id))
    return True
