"""What the transport prepares before it is asked; no socket is opened."""

import ssl

import pytest

from router.execution.transport.http import HttpTransport
from router.execution.transport.origin import default_tls


def test_subgraphs_behind_tls_share_the_authorities_read_before_there_is_a_request(monkeypatch: pytest.MonkeyPatch):
    made: list[ssl.SSLContext] = []

    def create() -> ssl.SSLContext:
        made.append(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
        return made[-1]

    monkeypatch.setattr(ssl, "create_default_context", create)
    default_tls.cache_clear()

    for _ in range(2):
        HttpTransport({"stock": "https://stock.test/", "catalog": "HTTPS://catalog.test/", "tills": "http://t/"}, {})

    default_tls.cache_clear()
    assert len(made) == 1
