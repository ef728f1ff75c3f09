import hashlib
from pathlib import Path

import orjson
import pytest

from bff.session.trusted_documents import DocumentsMissing, TrustedDocuments
from kernel.errors import BadUserInput, DomainError, Forbidden, NotFound

OURS, FREE = "query Ours { me { id } }\n", "{ users { nodes { id } } }"
HASH = hashlib.sha256(OURS.encode()).hexdigest()
OTHER = hashlib.sha256(FREE.encode()).hexdigest()
DOCUMENTS = TrustedDocuments("web", [OURS])


def admitted(request: object, *, allows_any: bool = False) -> object:
    return orjson.loads(DOCUMENTS.admitted(orjson.dumps(request), allows_any=allows_any))


def persisted(name: object) -> dict[str, object]:
    return {"persistedQuery": {"version": 1, "sha256Hash": name}}


@pytest.mark.parametrize("allows_any", [True, False])
@pytest.mark.parametrize(
    "naming",
    [
        {"documentId": f"sha256:{HASH}"},
        {"extensions": persisted(HASH)},
        {"documentId": f"sha256:{HASH}", "extensions": persisted(HASH)},
        {"documentId": f"sha256:{HASH}", "query": OURS},
        {"query": OURS, "extensions": persisted(HASH)},
        {"query": None, "extensions": persisted(HASH)},
    ],
)
def test_a_document_is_found_by_its_hash_and_nothing_else_of_the_naming_goes_on(naming: object, *, allows_any: bool):
    rest = {"variables": {"first": 2}, "operationName": "Ours"}

    assert admitted({**naming, **rest}, allows_any=allows_any) == {"query": OURS, **rest}  # pyright: ignore[reportGeneralTypeIssues]


def test_our_text_needs_no_hash():
    assert admitted({"query": OURS}) == {"query": OURS}


def test_another_text_is_executed_only_where_all_are():
    assert admitted({"query": FREE}, allows_any=True) == {"query": FREE}
    assert admitted({"query": FREE, "extensions": persisted(OTHER)}, allows_any=True) == {"query": FREE}
    with pytest.raises(Forbidden) as refusal:
        admitted({"query": FREE})
    assert refusal.value.code == "DOCUMENT_NOT_TRUSTED"
    with pytest.raises(Forbidden):
        admitted({"query": FREE, "extensions": persisted(OTHER)})


def test_a_text_that_came_with_its_hash_is_not_kept():
    admitted({"query": FREE, "extensions": persisted(OTHER)}, allows_any=True)

    for allows_any in (True, False):
        with pytest.raises(NotFound) as refusal:
            admitted({"extensions": persisted(OTHER)}, allows_any=allows_any)
        assert refusal.value.code == "PERSISTED_QUERY_NOT_FOUND"


@pytest.mark.parametrize("document_id", [OTHER, HASH, f"md5:{HASH}", f"sha256:{HASH.upper()}", "", "sha256:"])
def test_an_unknown_id_is_not_found(document_id: str):
    with pytest.raises(NotFound) as refusal:
        admitted({"documentId": document_id}, allows_any=True)

    assert refusal.value.code == "PERSISTED_QUERY_NOT_FOUND"


@pytest.mark.parametrize("allows_any", [True, False])
def test_a_text_under_the_name_of_another_is_refused(*, allows_any: bool):
    """An alien text must not pass because the hash beside it is one of ours."""
    with pytest.raises(BadUserInput) as refusal:
        admitted({"query": FREE, "extensions": persisted(HASH)}, allows_any=allows_any)

    assert refusal.value.code == "PERSISTED_QUERY_HASH_MISMATCH"


@pytest.mark.parametrize(
    "request_",
    [
        [{"documentId": f"sha256:{HASH}"}],
        "documentId",
        {"documentId": 1},
        {"documentId": f"sha256:{HASH}", "query": 1},
        {"documentId": f"sha256:{HASH}", "extensions": persisted(OTHER)},
        {"extensions": persisted(None)},
        {"extensions": persisted([HASH])},
        {"extensions": {"persistedQuery": HASH}},
        {"documentId": None},
    ],
)
@pytest.mark.parametrize("allows_any", [True, False])
def test_what_names_no_document_clearly_is_refused(request_: object, *, allows_any: bool):
    with pytest.raises(BadUserInput):
        admitted(request_, allows_any=allows_any)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"{}", b'"text"', b'{"query": 1}', b"[" * 100_000])
def test_what_is_no_request_is_refused_where_only_ours_are_executed(body: bytes):
    with pytest.raises(BadUserInput):
        DOCUMENTS.admitted(body, allows_any=False)


def test_of_a_member_given_twice_the_checked_one_goes_on():
    body = f'{{"query": {orjson.dumps(FREE).decode()}, "query": {orjson.dumps(OURS).decode()}}}'.encode()

    assert orjson.loads(DOCUMENTS.admitted(body, allows_any=False)) == {"query": OURS}


def test_a_text_that_is_no_unicode_is_refused_and_not_a_failure():
    with pytest.raises(DomainError):
        DOCUMENTS.admitted(b'{"query": "\\ud800"}', allows_any=False)


def test_documents_are_the_bytes_of_the_files_of_the_folder(tmp_path: Path):
    (tmp_path / "ours.graphql").write_bytes(b"query Ours { me { id } }\r\n# caf\xc3\xa9\n")
    (tmp_path / "notes.txt").write_text(FREE)
    documents = TrustedDocuments.of_folder("web", tmp_path)
    digest = hashlib.sha256((tmp_path / "ours.graphql").read_bytes()).hexdigest()

    found = orjson.loads(documents.admitted(f'{{"documentId":"sha256:{digest}"}}'.encode(), allows_any=False))

    assert found == {"query": "query Ours { me { id } }\r\n# café\n"}
    with pytest.raises(Forbidden):
        documents.admitted(orjson.dumps({"query": FREE}), allows_any=False)


def test_without_its_folder_nothing_starts(tmp_path: Path):
    with pytest.raises(DocumentsMissing, match="RETAILFLOW_OPERATIONS_FOLDER"):
        TrustedDocuments.of_folder("web", tmp_path / "none")
