"""The GraphQL documents we wrote ourselves, by their SHA-256: clients send the hash instead of the text (C-16).

They are the files of `schema/operations/<kind>/`, read when the BFF starts. No client's text is ever kept.
"""

import hashlib
from collections.abc import Iterable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Final, Self, cast

import orjson

from kernel.errors import BadUserInput, Forbidden, NotFound
from kernel.telemetry import counter

_SCHEME: Final = "sha256:"
_DOCUMENTS = counter("bff_graphql_documents_total", "GraphQL documents by how they were named", ("bff", "named"))


class DocumentPolicy(StrEnum):
    """Whose documents are executed: PREFER takes any text, ONLY none but ours, save from who may explore the graph."""

    PREFER = "prefer"
    ONLY = "only"


class DocumentsMissing(ValueError):
    """The folder of documents is not there: the BFF would refuse its own clients."""


class TrustedDocuments:
    """Texts by the hexadecimal SHA-256 of their UTF-8 bytes; `kind` is the BFF they are for."""

    def __init__(self, kind: str, texts: Iterable[str]) -> None:
        self._kind = kind
        self._texts: Mapping[str, str] = {sha256_of(text): text for text in texts}

    @classmethod
    def of_folder(cls, kind: str, folder: Path) -> Self:
        """Those of the folder's `*.graphql` files, byte for byte.

        Raises:
            DocumentsMissing: there is no such folder.
        """
        if not folder.is_dir():
            raise DocumentsMissing(f"no trusted documents in {folder}: see RETAILFLOW_OPERATIONS_FOLDER")
        return cls(kind, [path.read_bytes().decode() for path in sorted(folder.glob("*.graphql"))])

    def admitted(self, body: bytes, *, allows_any: bool) -> bytes:
        """The request to send to the router: with the text of the document that `body` names.

        `allows_any` lets texts through that are not ours.

        Raises:
            BadUserInput: unreadable, or the names and the text contradict each other.
            NotFound: the document that is named is not ours.
            Forbidden: the text is not ours.
        """
        # the router reads such a request and refuses what it does not like, as without this stage
        if allows_any and b"documentId" not in body and b"persistedQuery" not in body:
            self._count("text")
            return body
        request = _object_in(body)
        given, named = request.get("query"), _hash_in(request)
        if given is None:
            text = self._named(named)
        elif isinstance(given, str):
            text = self._given(given, named, allows_any=allows_any)
        else:
            raise BadUserInput("query must be a text with a GraphQL document")
        sent = {name: request[name] for name in ("variables", "operationName") if name in request}
        return orjson.dumps({"query": text, **sent})

    def _named(self, named: str | None) -> str:
        if named is None:
            raise BadUserInput("the request names no document")
        text = self._texts.get(named)
        if text is None:
            self._count("unknown")
            raise NotFound("no trusted document has this hash", code="PERSISTED_QUERY_NOT_FOUND")
        self._count("hash")
        return text

    def _given(self, text: str, named: str | None, *, allows_any: bool) -> str:
        hashed = sha256_of(text)
        if named not in {None, hashed}:
            raise BadUserInput("the hash is not that of the query", code="PERSISTED_QUERY_HASH_MISMATCH")
        if hashed not in self._texts and not allows_any:
            self._count("refused")
            raise Forbidden("only trusted documents are executed here", code="DOCUMENT_NOT_TRUSTED")
        self._count("text")
        return text

    def _count(self, named: str) -> None:
        _DOCUMENTS.labels(self._kind, named).inc()


def sha256_of(text: str) -> str:
    """The name of a document."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _object_in(body: bytes) -> Mapping[str, object]:
    try:
        request: object = orjson.loads(body)
    except (orjson.JSONDecodeError, RecursionError):
        raise BadUserInput("the body is not valid JSON") from None
    if not isinstance(request, dict):
        raise BadUserInput("the body must be a JSON object")
    return cast("dict[str, object]", request)


def _hash_in(request: Mapping[str, object]) -> str | None:
    """The hash by either convention: the appendix of GraphQL over HTTP, and Apollo's.

    Raises:
        BadUserInput: it is no text, or the two differ.
    """
    extensions = request.get("extensions")
    persisted = _member(extensions, "persistedQuery")
    document_id = _text(request.get("documentId"), "documentId")
    by_extension = _text(_member(persisted, "sha256Hash"), "sha256Hash")
    if persisted is not None and by_extension is None:
        raise BadUserInput("extensions.persistedQuery has no sha256Hash")
    by_id = document_id.removeprefix(_SCHEME) if document_id is not None else None
    if document_id is not None and by_id == document_id:
        # an id of another scheme is none of ours
        by_id = ""
    if None not in {by_id, by_extension} and by_id != by_extension:
        raise BadUserInput("documentId and persistedQuery name different documents")
    return by_id if by_id is not None else by_extension


def _member(value: object, name: str) -> object:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise BadUserInput(f"there is no object to hold {name}")
    return cast("dict[str, object]", value).get(name)


def _text(value: object, name: str) -> str | None:
    if value is None or isinstance(value, str):
        return value
    raise BadUserInput(f"{name} must be a text")
