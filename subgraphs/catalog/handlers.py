"""Foreign facts catalog learns from, and its own facts that move the search index."""

from kernel.database import Transaction
from kernel.events import Envelope, EventHandler
from subgraphs.catalog.events import ProductCreated, ProductDeleted, ProductFact, ProductPriceChanged, ProductUpdated
from subgraphs.catalog.ports import SearchIndex
from subgraphs.catalog.use_cases.index_product import IndexProduct, index_product
from subgraphs.catalog.use_cases.note_tenant import NoteTenant, note_tenant
from subgraphs.identity.events import TenantCreated


async def learn_tenant(tx: Transaction, envelope: Envelope) -> None:
    """The tenant's currency."""
    await note_tenant(tx, NoteTenant(TenantCreated.of(envelope).currency))


HANDLERS: tuple[EventHandler, ...] = (EventHandler(TenantCreated.subject, learn_tenant),)


def search_handlers(search: SearchIndex) -> tuple[EventHandler, ...]:
    """Keep `search` in step with the products."""

    async def follow_product(tx: Transaction, envelope: Envelope) -> None:
        fact = ProductFact.model_validate(envelope.data)
        await index_product(tx, IndexProduct(fact.product_id, search))

    kinds = (ProductCreated, ProductUpdated, ProductDeleted, ProductPriceChanged)
    return tuple(EventHandler(kind.subject, follow_product) for kind in kinds)
