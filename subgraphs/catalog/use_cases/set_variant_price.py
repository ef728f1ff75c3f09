"""Set the price of a variant."""

from dataclasses import dataclass
from uuid import UUID

from kernel.database import Transaction
from kernel.money import Money
from subgraphs.catalog.errors import NoSuchVariant, WrongCurrency
from subgraphs.catalog.repository.writing import currency_of_tenant, product_of_variant_for_update


@dataclass(frozen=True, slots=True)
class SetVariantPrice:
    """The new price, in the tenant's currency."""

    variant_id: UUID
    price: Money


async def set_variant_price(tx: Transaction, command: SetVariantPrice) -> UUID:
    """Set the price and remember the previous one; the variant's id.

    Raises:
        NoSuchVariant: the tenant has no such variant.
        WrongCurrency: the price is not in the tenant's currency.
        Invalid: the price is negative.
    """
    product = await product_of_variant_for_update(tx.session, command.variant_id)
    if product is None:
        raise NoSuchVariant("there is no such variant", field=("id",))
    currency = await currency_of_tenant(tx.session)
    if currency not in {None, command.price.currency}:
        raise WrongCurrency(f"prices of this tenant are in {currency}", field=("price", "currencyCode"))
    product.change_price(command.variant_id, command.price)
    return command.variant_id
