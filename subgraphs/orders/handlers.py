"""Facts of catalog, identity and payments that orders acts on; idempotent, and deaf to older facts."""

from kernel.database import Transaction
from kernel.events import Envelope, EventHandler
from subgraphs.catalog.events import (
    ProductCreated,
    ProductDeleted,
    ProductPriceChanged,
    ProductSnapshot,
    ProductUpdated,
)
from subgraphs.identity.events import UserCreated
from subgraphs.orders.repository.read_models import (
    SoldVariant,
    retire_variants,
    store_price,
    store_product,
    store_user,
)
from subgraphs.orders.use_cases.record_payment import RecordPayment, record_payment
from subgraphs.orders.use_cases.record_refund import RecordRefund, record_refund
from subgraphs.payments.events import PaymentCompleted, PaymentRefunded


async def remember_product(tx: Transaction, envelope: Envelope) -> None:
    """A product was created or changed: its snapshot is the read model."""
    product = ProductSnapshot.of(envelope)
    await store_product(
        tx.session,
        tenant_id=tx.tenant_id,
        product_id=product.product_id,
        version=product.version,
        is_active=product.status == "ACTIVE",
        variants=[
            SoldVariant(
                variant_id=variant.variant_id,
                sku=variant.sku,
                title=_title(product.name, variant.name),
                price=variant.price_minor,
                currency=variant.currency,
            )
            for variant in product.variants
        ],
    )


async def forget_product(tx: Transaction, envelope: Envelope) -> None:
    """A product was archived: its variants are no longer sold."""
    product = ProductDeleted.of(envelope)
    await retire_variants(tx.session, product_id=product.product_id, version=product.version)


async def remember_price(tx: Transaction, envelope: Envelope) -> None:
    """A variant has another price."""
    fact = ProductPriceChanged.of(envelope)
    await store_price(tx.session, fact.variant_id, version=fact.version, price=fact.price_minor, currency=fact.currency)


async def remember_user(tx: Transaction, envelope: Envelope) -> None:
    """A principal became a user."""
    user = UserCreated.of(envelope)
    await store_user(tx.session, tenant_id=tx.tenant_id, keycloak_id=user.keycloak_id, user_id=user.user_id)


async def note_payment(tx: Transaction, envelope: Envelope) -> None:
    """An order's money is there."""
    fact = PaymentCompleted.of(envelope)
    await record_payment(tx, RecordPayment(fact.order_id))


async def note_refund(tx: Transaction, envelope: Envelope) -> None:
    """Money went back; a refund without a return is payments' own correction."""
    fact = PaymentRefunded.of(envelope)
    if fact.return_id is not None:
        await record_refund(tx, RecordRefund(fact.return_id, fact.amount_minor))


def _title(product: str, variant: str) -> str:
    return product if variant in {"", product} else f"{product}, {variant}"


HANDLERS: tuple[EventHandler, ...] = (
    EventHandler(ProductCreated.subject, remember_product),
    EventHandler(ProductUpdated.subject, remember_product),
    EventHandler(ProductDeleted.subject, forget_product),
    EventHandler(ProductPriceChanged.subject, remember_price),
    EventHandler(UserCreated.subject, remember_user),
    EventHandler(PaymentCompleted.subject, note_payment),
    EventHandler(PaymentRefunded.subject, note_refund),
)
