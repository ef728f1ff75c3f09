import pytest
from hypothesis import given
from hypothesis import strategies as st

from subgraphs.catalog.model.wording import checked_slug, slug_of, words_of


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Oak Lamp", "oak-lamp"),
        ("  Café — Crème! ", "cafe-creme"),
        ("WHITE HANGING HEART T-LIGHT HOLDER", "white-hanging-heart-t-light-holder"),
        ("Cordless Drill 電動ドリル", "cordless-drill"),
        ("電動ドリル", ""),
        ("x" * 300, "x" * 100),
    ],
)
def test_a_name_suggests_a_slug(name: str, slug: str):
    assert slug_of(name) == slug


@given(st.text())
def test_a_suggested_slug_is_always_a_slug(name: str):
    suggested = slug_of(name)

    assert not suggested or checked_slug(suggested) == suggested


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Oak LAMP", ("oak", "lamp")),
        ("Café-Crème", ("cafe", "creme")),
        ("LMP_01/b", ("lmp", "01", "b")),
        ("ガラス", ("ガラス",)),
        ("ﾄﾞﾘﾙ", ("ドリル",)),
        ("Straße", ("strasse",)),
        ("!!! --- '", ()),
    ],
)
def test_words_are_compared_without_case_accents_and_punctuation(text: str, words: tuple[str, ...]):
    assert words_of(text) == words


@given(st.text())
def test_words_hold_nothing_a_query_language_could_read(text: str):
    assert all(word.isalnum() or not word.isascii() for word in words_of(text))
