"""What our pages ask of the graph are trusted documents, which `only` lets through."""

import hashlib
import re

from tests.factories.bff import ROOT

SCRIPTS = {path.name: path.read_text() for path in sorted((ROOT / "bff" / "pages").rglob("*.js"))}
OURS = {
    hashlib.sha256(path.read_bytes()).hexdigest(): path.stem
    for path in (ROOT / "schema" / "operations" / "pos").glob("*.graphql")
}


def test_each_hash_in_a_page_is_that_of_a_document():
    named = {name: [OURS.get(found) for found in re.findall(r"sha256:(\w+)", text)] for name, text in SCRIPTS.items()}

    assert {name: documents for name, documents in named.items() if documents} == {"till_page.js": ["till_pin_set"]}


def test_no_page_sends_text():
    assert [name for name, text in SCRIPTS.items() if re.search(r"\bquery:|\b(query|mutation) \w+[ ({]", text)] == []
