from dataclasses import replace
from typing import Any

import pytest

from kernel.errors import Refusal
from kernel.events import Event
from kernel.ids import uuid7
from kernel.money import Money
from subgraphs.catalog.model import Option, Product, ProductContent, ProductStatus, VariantContent

POUNDS = Money(1250, "GBP")
LAMP = ProductContent(
    name="Oak Lamp",
    description="Made of oak.",
    variants=(
        VariantContent("LAMP-S", price=POUNDS, options=(Option("Size", "S"),)),
        VariantContent("LAMP-L", price=Money(2000, "GBP"), options=(Option("Size", "L"),), barcode="400"),
    ),
)


@pytest.fixture
def lamp() -> Product:
    made = Product.create(uuid7(), "oak-lamp", LAMP)
    made.release_events()
    return made


def told(product: Product) -> list[tuple[str, Any]]:
    return [(type(event).__name__, event.model_dump(include={"version", "sku"})) for event in product.release_events()]


def state(product: Product) -> tuple[object, ...]:
    variants = [
        (variant.sku, variant.name, variant.price, variant.options, variant.barcode, variant.version)
        for variant in product.variants
    ]
    return (product.name, product.slug, product.description, product.status, product.version, variants)


def test_a_new_product_names_its_variants_after_their_options():
    made = Product.create(uuid7(), "oak-lamp", LAMP)

    assert [(variant.sku, variant.name, variant.position) for variant in made.variants] == [
        ("LAMP-S", "S", 1),
        ("LAMP-L", "L", 2),
    ]
    assert told(made) == [("ProductCreated", {"version": 1})]


def test_a_new_product_without_options_gives_its_own_name_to_its_variant():
    made = Product.create(uuid7(), "lamp", ProductContent(name=" Lamp ", variants=(VariantContent("L", price=POUNDS),)))

    assert [(variant.name, variant.options) for variant in made.variants] == [("Lamp", [])]


def test_the_same_content_again_is_no_change(lamp: Product):
    before = state(lamp)

    is_changed = lamp.revise(LAMP)

    assert (is_changed, state(lamp), told(lamp)) == (False, before, [])


@pytest.mark.parametrize(
    ("content", "facts"),
    [
        (ProductContent(name="Ash Lamp"), [("ProductUpdated", {"version": 2})]),
        (ProductContent(description=""), [("ProductUpdated", {"version": 2})]),
        (ProductContent(variants=(VariantContent("LAMP-L", barcode=""),)), [("ProductUpdated", {"version": 2})]),
        (ProductContent(variants=(VariantContent("LAMP-XL", price=POUNDS),)), [("ProductUpdated", {"version": 2})]),
        (
            ProductContent(variants=(VariantContent("LAMP-L", price=POUNDS),)),
            [("ProductUpdated", {"version": 2}), ("ProductPriceChanged", {"version": 2, "sku": "LAMP-L"})],
        ),
        (ProductContent(status=ProductStatus.ARCHIVED), [("ProductDeleted", {"version": 2})]),
    ],
)
def test_each_change_counts_one_version_and_is_told(
    lamp: Product, content: ProductContent, facts: list[tuple[str, dict[str, Any]]]
):
    assert lamp.revise(content) is True

    assert (lamp.version, told(lamp)) == (2, facts)


def test_a_price_is_changed_alone(lamp: Product):
    variant = lamp.variants[0]

    changes = [lamp.change_price(variant.id, Money(minor, "GBP")) for minor in (1300, 1300)]

    assert changes == [True, False]
    assert (variant.price, variant.version, lamp.version) == (Money(1300, "GBP"), 2, 2)
    assert told(lamp) == [("ProductPriceChanged", {"version": 2, "sku": "LAMP-S"})]


def test_archiving_twice_is_one_archiving_and_coming_back_is_an_update(lamp: Product):
    lamp.archive()
    lamp.archive()
    lamp.revise(ProductContent(status=ProductStatus.ACTIVE))

    assert told(lamp) == [("ProductDeleted", {"version": 2}), ("ProductUpdated", {"version": 3})]


@pytest.mark.parametrize(
    ("content", "code", "field"),
    [
        (ProductContent(name=" "), "INVALID", ("name",)),
        (ProductContent(name="two\nlines"), "INVALID", ("name",)),
        (ProductContent(name="x" * 256), "INVALID", ("name",)),
        (ProductContent(slug="-oak"), "INVALID", ("slug",)),
        (ProductContent(description="\x00"), "INVALID", ("description",)),
        (ProductContent(name="New", variants=(VariantContent("NEW"),)), "INVALID", ("variants", "0", "price")),
        (
            ProductContent(name="New", variants=(VariantContent("LAMP-S", price=Money(-1, "GBP")),)),
            "INVALID",
            ("variants", "0", "price", "amount"),
        ),
        (
            ProductContent(name="New", variants=(VariantContent("LAMP-S", name="X"), VariantContent(" LAMP-S"))),
            "DUPLICATE_SKU",
            ("variants", "1", "sku"),
        ),
        (
            ProductContent(name="New", variants=tuple(VariantContent(f"N{n}", price=POUNDS) for n in range(99))),
            "INVALID",
            ("variants",),
        ),
        (
            ProductContent(variants=(VariantContent("LAMP-S", options=(Option("Size", "S"), Option("Size", "M"))),)),
            "INVALID",
            ("variants", "0", "options"),
        ),
        (
            ProductContent(variants=(VariantContent("LAMP-S", options=(Option("Size", ""),)),)),
            "INVALID",
            ("variants", "0", "options", "value"),
        ),
    ],
)
def test_refused_content_leaves_the_product_as_it_was(
    lamp: Product, content: ProductContent, code: str, field: tuple[str, ...]
):
    before = state(lamp)

    with pytest.raises(Refusal) as refused:
        lamp.revise(content)

    assert (refused.value.code, refused.value.field) == (code, field)
    assert (state(lamp), told(lamp)) == (before, [])


def test_a_stale_version_is_refused(lamp: Product):
    lamp.expect_version(1)
    with pytest.raises(Refusal, match="the product is at version 1"):
        lamp.expect_version(2)


def test_no_event_carries_more_than_its_schema(lamp: Product):
    lamp.revise(replace(LAMP, name="Ash Lamp"))

    [event] = lamp.release_events()
    assert isinstance(event, Event)
    assert set(event.model_dump(by_alias=True)) == {"productId", "version", "slug", "name", "status", "variants"}
