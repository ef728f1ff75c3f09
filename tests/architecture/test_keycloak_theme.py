"""Keycloak's pages look like ours, and say in each language what Keycloak does not."""

from pathlib import Path

import pytest

from bff.pages.languages import OWN_NAMES, Language

ROOT = Path(__file__).parents[2]
THEME = ROOT / "deploy" / "keycloak" / "themes" / "retailflow" / "login"
ASSETS = ROOT / "bff" / "pages" / "assets"
# Keycloak's bundles have the rest
OWN = {"skipToContent", "languageChoice", "loginAccountTitle", "qrCodeAlternative"}


def messages(language: Language) -> dict[str, str]:
    lines = (THEME / "messages" / f"messages_{language}.properties").read_text("utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines)


@pytest.mark.parametrize(("ours", "theirs"), [("site.css", "css/site.css"), ("mark.svg", "img/mark.svg")])
def test_the_theme_has_the_style_sheet_and_the_mark_of_our_pages(ours: str, theirs: str):
    assert (THEME / "resources" / theirs).read_bytes() == (ASSETS / ours).read_bytes()


@pytest.mark.parametrize("language", list(Language))
def test_each_language_says_what_is_ours(language: Language):
    said = messages(language)

    assert OWN - said.keys() == set()
    assert {other: said[f"locale_{other}"] for other in Language} == OWN_NAMES
    assert [key for key, text in said.items() if not text.strip()] == []


def test_the_theme_has_no_style_of_its_own_in_a_page():
    templates = {path.name: path.read_text("utf-8") for path in THEME.glob("*.ftl")}
    inline = ("style=", "<style", " onclick=", " onchange=", " onsubmit=")

    assert len(templates) == 5
    assert [name for name, text in templates.items() if any(mark in text for mark in inline)] == []
