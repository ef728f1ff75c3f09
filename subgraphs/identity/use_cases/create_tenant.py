"""Create a tenant."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from kernel.database import Transaction
from subgraphs.identity.errors import SlugTaken
from subgraphs.identity.model import Tenant


@dataclass(frozen=True, slots=True)
class CreateTenant:
    """The tenant's id is the one the caller acts for: a platform admin chooses it with the tenant header."""

    slug: str
    name: str
    currency: str


async def create_tenant(tx: Transaction, command: CreateTenant) -> UUID:
    """Store the tenant; its id.

    Raises:
        SlugTaken: the slug or the id is in use.
        Invalid: see `Tenant.create`.
    """
    tenant = Tenant.create(tx.tenant_id, slug=command.slug, name=command.name, currency=command.currency)
    tx.session.add(tenant)
    try:
        await tx.session.flush()
    except IntegrityError:
        raise SlugTaken("this slug or tenant id is taken", field=("input", "slug")) from None
    return tenant.tenant_id
