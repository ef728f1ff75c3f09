"""What catalog refuses, each with a stable code."""

from collections.abc import Generator
from contextlib import contextmanager
from enum import StrEnum

from kernel.errors import Refusal, StaleVersion


class CatalogErrorCode(StrEnum):
    """Codes of `CatalogUserError`."""

    SLUG_TAKEN = "SLUG_TAKEN"
    SKU_TAKEN = "SKU_TAKEN"
    DUPLICATE_SKU = "DUPLICATE_SKU"
    WRONG_CURRENCY = "WRONG_CURRENCY"
    NO_SUCH_PRODUCT = "NO_SUCH_PRODUCT"
    NO_SUCH_VARIANT = "NO_SUCH_VARIANT"
    NO_SUCH_CATEGORY = "NO_SUCH_CATEGORY"
    STALE_VERSION = "STALE_VERSION"
    INVALID = "INVALID"
    BATCH_REFUSED = "BATCH_REFUSED"


class SlugTaken(Refusal):
    """Another product or category has this slug."""

    code = CatalogErrorCode.SLUG_TAKEN


class SkuTaken(Refusal):
    """A variant of another product has this SKU."""

    code = CatalogErrorCode.SKU_TAKEN


class DuplicateSku(Refusal):
    """The same input names a SKU twice."""

    code = CatalogErrorCode.DUPLICATE_SKU


class WrongCurrency(Refusal):
    """A price is not in the tenant's currency."""

    code = CatalogErrorCode.WRONG_CURRENCY


class NoSuchProduct(Refusal):
    """The tenant has no such product."""

    code = CatalogErrorCode.NO_SUCH_PRODUCT


class NoSuchVariant(Refusal):
    """The tenant has no such variant."""

    code = CatalogErrorCode.NO_SUCH_VARIANT


class NoSuchCategory(Refusal):
    """The tenant has no such category."""

    code = CatalogErrorCode.NO_SUCH_CATEGORY


class StaleProduct(StaleVersion):
    """Somebody changed the product meanwhile."""

    code = CatalogErrorCode.STALE_VERSION


class Invalid(Refusal):
    """A field breaks a rule stated in the message."""

    code = CatalogErrorCode.INVALID


class BatchRefused(Refusal):
    """Nothing is wrong with this item, but with another of the same batch."""

    code = CatalogErrorCode.BATCH_REFUSED


@contextmanager
def refusals_below(*path: str) -> Generator[None]:
    """Prefix the field path of a refusal with where the refused part stands in the input."""
    try:
        yield
    except Refusal as refusal:
        refusal.field = (*path, *(refusal.field or ()))
        raise
