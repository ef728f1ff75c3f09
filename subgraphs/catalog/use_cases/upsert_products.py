"""Create or change many products at once, found by their slugs; the same content again changes nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from uuid import UUID

from kernel.database import Transaction
from kernel.errors import Refusal
from subgraphs.catalog.errors import BatchRefused, DuplicateSku, Invalid, NoSuchCategory, refusals_below
from subgraphs.catalog.model import Product, ProductContent, VariantContent
from subgraphs.catalog.repository.writing import category_ids_by_slug, lock_names, products_for_update, store_together
from subgraphs.catalog.use_cases.admit_content import Admission


class ErrorPolicy(StrEnum):
    """What one refused item means for the others (C-14)."""

    REJECT_EVERYTHING = "REJECT_EVERYTHING"
    REJECT_FAILED_ROWS = "REJECT_FAILED_ROWS"
    IGNORE_FAILED = "IGNORE_FAILED"


class UpsertOutcome(StrEnum):
    """What became of one item."""

    CREATED = "CREATED"
    UPDATED = "UPDATED"
    UNCHANGED = "UNCHANGED"
    REFUSED = "REFUSED"


@dataclass(frozen=True, slots=True)
class UpsertItem:
    """A product as it should be: content with its slug, and its category by slug.

    `refusal` is what the item's translation already found wrong with it.
    """

    content: ProductContent
    category_slug: str | None = None
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class UpsertProducts:
    """At most 100 items."""

    items: tuple[UpsertItem, ...]
    error_policy: ErrorPolicy


@dataclass(frozen=True, slots=True)
class UpsertResult:
    """One item's outcome. With IGNORE_FAILED a product may be stored although variants were refused."""

    outcome: UpsertOutcome
    product_id: UUID | None
    refusals: tuple[Refusal, ...] = ()


class BatchRejected(Exception):
    """REJECT_EVERYTHING met a refused item: nothing is stored; `results` tells each item's part in it."""

    def __init__(self, results: tuple[UpsertResult, ...]) -> None:
        super().__init__("an item of the batch was refused")
        self.results = results


async def upsert_products(tx: Transaction, command: UpsertProducts) -> tuple[UpsertResult, ...]:
    """Store what is new, in a fixed number of statements; one result per item, in the order of the items.

    Raises:
        BatchRejected: see there.
    """
    items, batch = await _prepare(tx, command)
    results = tuple(batch.upsert(place, item) for place, item in enumerate(items))
    if command.error_policy is ErrorPolicy.REJECT_EVERYTHING and any(result.refusals for result in results):
        raise BatchRejected(tuple(_rejected(place, result) for place, result in enumerate(results)))
    store_together(list(batch.products.values()))
    tx.session.add_all(batch.products.values())
    return results


async def _prepare(tx: Transaction, command: UpsertProducts) -> "tuple[list[UpsertItem], _Batch]":
    await lock_names(tx)
    wanted = {item.category_slug for item in command.items if item.category_slug is not None}
    categories = await category_ids_by_slug(tx.session, sorted(wanted))
    items = [_with_category(item, categories) for item in command.items]
    products = await products_for_update(tx.session, sorted({item.content.slug or "" for item in items}))
    admission = await Admission.to_catalogue(tx.session, [item.content for item in items])
    return items, _Batch(tx.tenant_id, dict(products), admission, command.error_policy)


def _with_category(item: UpsertItem, categories: Mapping[str, UUID]) -> UpsertItem:
    if item.category_slug is None:
        return item
    category_id = categories.get(item.category_slug)
    if category_id is None:
        missing = NoSuchCategory(f"there is no category {item.category_slug!r}", field=("categorySlug",))
        return replace(item, refusal=item.refusal or missing)
    return replace(item, content=replace(item.content, category_id=category_id))


def _rejected(place: int, result: UpsertResult) -> UpsertResult:
    innocent = BatchRefused("another item of the batch was refused", field=("items", str(place)))
    return UpsertResult(UpsertOutcome.REFUSED, None, result.refusals or (innocent,))


@dataclass(frozen=True, slots=True)
class _Batch:
    """The products the batch meets, by slug; new ones join them."""

    tenant_id: UUID
    products: dict[str, Product]
    admission: Admission
    error_policy: ErrorPolicy

    def upsert(self, place: int, item: UpsertItem) -> UpsertResult:
        """Apply one item; a refused item leaves its product as it was."""
        refusals: tuple[Refusal, ...] = ()
        try:
            with refusals_below("items", str(place)):
                if item.refusal is not None:
                    raise item.refusal
                content, refusals = self._acceptable(place, item.content)
                outcome, product = self._apply(content)
        except Refusal as refusal:
            # when no variant is left, the reason is why each of them was refused
            return UpsertResult(UpsertOutcome.REFUSED, None, (*refusals, refusal))
        return UpsertResult(outcome, product.id, refusals)

    def _apply(self, content: ProductContent) -> tuple[UpsertOutcome, Product]:
        slug = content.slug or ""
        product = self.products.get(slug)
        self.admission.check(content, owner=product.id if product is not None else None)
        if product is None:
            product = self.products[slug] = Product.create(self.tenant_id, slug, content)
            outcome = UpsertOutcome.CREATED
        else:
            outcome = UpsertOutcome.UPDATED if product.revise(content) else UpsertOutcome.UNCHANGED
        self.admission.note(product)
        return outcome, product

    def _acceptable(self, place: int, content: ProductContent) -> tuple[ProductContent, tuple[Refusal, ...]]:
        """With IGNORE_FAILED: the content without the variants that would be refused, and why those are."""
        if self.error_policy is not ErrorPolicy.IGNORE_FAILED:
            return content, ()
        product = self.products.get(content.slug or "")
        accepted: list[VariantContent] = []
        refusals: list[Refusal] = []
        for number, variant in enumerate(content.variants):
            try:
                with refusals_below("items", str(place), "variants", str(number)):
                    accepted.append(self._checked_variant(variant, accepted, product))
            except Refusal as refusal:
                refusals.append(refusal)
        return replace(content, variants=tuple(accepted)), tuple(refusals)

    def _checked_variant(
        self, variant: VariantContent, earlier: list[VariantContent], product: Product | None
    ) -> VariantContent:
        checked = variant.checked()
        known = {known.sku for known in product.variants} if product is not None else set[str]()
        self.admission.check_variant(checked, owner=product.id if product is not None else None)
        if checked.price is None and checked.sku not in known:
            raise Invalid("a new variant needs a price", field=("price",))
        if any(checked.sku == other.sku for other in earlier):
            raise DuplicateSku(f"the SKU {checked.sku!r} stands here twice", field=("sku",))
        return checked
