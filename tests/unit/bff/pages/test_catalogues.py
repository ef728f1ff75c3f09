"""Every language says everything, and nothing that no page shows."""

import ast
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from string import Formatter

import pytest

from bff.pages.languages import Language
from bff.pages.texts import Texts, texts_in
from kernel.permissions import ROLE_SCOPES, SERVICE_ROLES

ROOT = Path(__file__).parents[4]
SPEAKERS = (ROOT / "bff", ROOT / "cli" / "development_provider")
IN_TEMPLATE = re.compile(r"\$\{([a-z_]+\.\w+)\}")
# what the frame of every process answers itself
OF_THE_FRAME = {"METHOD_NOT_ALLOWED", "NOT_ACCEPTABLE", "PAYLOAD_TOO_LARGE", "UNSUPPORTED_MEDIA_TYPE", "RATE_LIMITED"}
OF_THE_KERNEL = {
    "INTERNAL",
    "BAD_USER_INPUT",
    "UNAUTHENTICATED",
    "FORBIDDEN",
    "NOT_FOUND",
    "CONFLICT",
    "UNAVAILABLE",
    "STEP_UP_REQUIRED",
}


EVERY = pytest.mark.parametrize("texts", [texts_in(language) for language in Language], ids=list(Language))


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def literals() -> Iterator[str]:
    for folder in SPEAKERS:
        for path in folder.rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield node.value


def keys_of_templates() -> set[str]:
    return {
        key for folder in SPEAKERS for path in folder.rglob("*.html") for key in IN_TEMPLATE.findall(path.read_text())
    }


def codes_of_the_bffs() -> set[str]:
    """Every `code=` that is given to an error, and every `code` of a class of errors."""
    found: set[str] = set()
    for path in (ROOT / "bff").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            given = node.value if isinstance(node, ast.keyword) and node.arg == "code" else None
            if isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == ["code"]:
                given = node.value
            if isinstance(given, ast.Constant) and isinstance(given.value, str):
                found.add(given.value)
    return found


def used() -> set[str]:
    codes = codes_of_the_bffs() | OF_THE_FRAME | OF_THE_KERNEL
    roles = ROLE_SCOPES.keys() - SERVICE_ROLES
    return (
        keys_of_templates()
        | set(literals())
        | {f"errors.{code}" for code in codes}
        | {f"roles.{role}" for role in roles}
    )


@EVERY
def test_every_language_has_the_same_texts_with_the_same_places(texts: Texts):
    english = texts_in(Language.ENGLISH)

    assert texts.said.keys() == english.said.keys()
    assert {key: places(text) for key, text in texts.said.items()} == {
        key: places(text) for key, text in english.said.items()
    }


@EVERY
def test_no_text_is_empty_or_holds_html(texts: Texts):
    assert [key for key, text in texts.said.items() if not text.strip() or "<" in text or text != text.strip()] == []


def test_no_text_is_left_over():
    assert texts_in(Language.ENGLISH).said.keys() - used() == set()


def test_every_text_that_is_named_is_there():
    tables = {key.partition(".")[0] for key in texts_in(Language.ENGLISH).said}
    named = {key for key in used() if re.fullmatch(r"[a-z_]+\.\w+", key) and key.partition(".")[0] in tables}
    files = {key for key in named if key.endswith((".html", ".css"))}

    assert named - files - texts_in(Language.ENGLISH).said.keys() == set()


def test_no_two_languages_say_the_same_by_oversight():
    english, german, japanese = (texts_in(language).said for language in Language)
    alike = {"roles.marketer", "formats.instant", "signed_in.title"}

    assert {key for key in english if english[key] == german[key]} - alike == set()
    assert {key for key in english if japanese[key].isascii()} == set()


@pytest.mark.parametrize(
    ("language", "written"),
    [
        (Language.ENGLISH, "2026-11-28 08:05 UTC"),
        (Language.GERMAN, "28.11.2026, 08:05 UTC"),
        (Language.JAPANESE, "2026年11月28日 08:05 UTC"),
    ],
)
def test_moments_are_written_as_the_language_does(language: Language, written: str):
    assert texts_in(language).instant(datetime(2026, 11, 28, 8, 5, tzinfo=UTC)) == written


def test_an_unknown_code_is_told_as_an_unexpected_failure():
    texts = texts_in(Language.GERMAN)

    assert texts.error("NO_SUCH_CODE") == texts["errors.INTERNAL"]
    assert texts.error("TILL_LOCKED") == "Die Kasse ist gesperrt. Geben Sie Ihre PIN ein."
