"""Products and opening stock."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.sales.catalogue import CHUNK_SIZE, Article, articles_of, chunks_for
from cli.sales.invoices import before
from tests.factories.sales import book_of, row


def test_an_article_takes_name_and_price_from_its_first_priced_line():
    book = book_of(
        row("1", "10001", -2, "0.0", description="thrown away", customer=None),
        row("2", "10001a", 3, "2.50", description="OAK TRAY"),
        row("3", "10001A", 3, "2.75", description="OAK TRAY LARGE"),
        row("4", "10001", 3, "2.95", description="PINE TRAY"),
    )

    assert articles_of(book.invoices) == (
        Article("10001", "PINE TRAY", 295, opening_stock=5),
        Article("10001A", "OAK TRAY", 250, opening_stock=6),
    )


def test_an_article_never_sold_is_called_after_its_note_or_its_code_and_costs_nothing():
    book = book_of(
        row("1", "10001", 5, "0.0", description="found", customer=None), row("2", "10002", 5, "0.0", customer=None)
    )

    assert articles_of(book.invoices) == (Article("10001", "found", 0, 0), Article("10002", "10002", 0, 0))


def test_opening_stock_covers_everything_that_leaves_and_counts_on_nothing_that_comes():
    book = book_of(
        row("1", "10001", 4, "2.00"),
        row("C2", "10001", -4, "2.00"),
        row("3", "10001", 7, "0.0", customer=None),
        row("4", "10001", 2, "0.0"),
        row("5", "10001", -3, "0.0", customer=None),
        row("6", "10001", 10, "2.00"),
        row("6", "POST", 1, "2.00"),
    )

    assert [(article.sku, article.opening_stock) for article in articles_of(book.invoices)] == [
        ("10001", 4 + 2 + 3 + 10)
    ]


@pytest.mark.parametrize(
    ("sku", "slug"),
    [
        ("85123A", "sales-85123a"),
        ("GIFT_0001_20", "sales-gift-0001-20-e8e469b5"),
        ("GIFT-0001_20", "sales-gift-0001-20-9a3e79c9"),
        ("ÄÖ", "sales-6641ae9e"),
    ],
)
def test_slugs_are_lower_case_words_and_unique(sku, slug):
    assert Article(sku, "", 0, 0).slug == slug


def test_a_prefix_gets_whole_chunks_with_the_stock_of_the_whole_file():
    rows = [row("1", f"{10000 + number}", 1, "2.00") for number in range(CHUNK_SIZE + 20)]
    rows += [row("2", "10000", 5, "2.00", at="2010-12-02 09:00:00")]
    rows += [row("3", f"{20000 + number}", 1, "2.00", at="2010-12-03 09:00:00") for number in range(CHUNK_SIZE * 2)]
    book = book_of(*rows)
    articles = articles_of(book.invoices)

    first_day = chunks_for(articles, before(book.invoices, date(2010, 12, 2)))

    assert [len(chunk) for chunk in first_day] == [CHUNK_SIZE, CHUNK_SIZE]
    assert first_day[0][0] == Article("10000", "10000", 200, opening_stock=6)
    assert first_day == chunks_for(articles, book.invoices)[:2]
    assert chunks_for(articles, ()) == ()


movements = st.tuples(st.sampled_from(["sale", "gift", "loss", "found"]), st.integers(1, 50))


@given(st.lists(movements, min_size=1, max_size=30), st.randoms(use_true_random=False))
def test_no_order_of_events_runs_out_of_stock(steps, random):
    prices = {"sale": "2.00", "gift": "0.0", "loss": "0.0", "found": "0.0"}
    rows = [
        row(
            str(number),
            "10001",
            -count if kind == "loss" else count,
            prices[kind],
            customer="20001" if kind in {"sale", "gift"} else None,
        )
        for number, (kind, count) in enumerate(steps, start=1)
    ]
    (article,) = articles_of(book_of(*rows).invoices)
    random.shuffle(steps)

    on_hand = article.opening_stock
    for kind, count in steps:
        on_hand += count if kind == "found" else -count
        assert on_hand >= 0
