"""Subgraphs behind TLS: the certificate must be signed by the authority the configuration names."""

import datetime as dt
import ipaddress
import json
import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from router.configuration import InvalidConfiguration
from tests.factories.federation import FederatedGraph, World
from tests.factories.wires import Wire, listening, wired

_DAY = dt.timedelta(days=1)


def _certificate(folder: Path, address: str = "127.0.0.1") -> tuple[Path, Path]:
    """A key and a self-signed certificate of an address."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "loopback")])
    now = dt.datetime.now(dt.UTC)
    subject = x509.IPAddress(ipaddress.ip_address(address))
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _DAY)
        .not_valid_after(now + _DAY)
        .add_extension(x509.SubjectAlternativeName([subject]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    key_file, certificate_file = folder / "key.pem", folder / "certificate.pem"
    key_file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return key_file, certificate_file


@pytest.mark.parametrize(
    ("address", "names_authority", "is_trusted"),
    [("127.0.0.1", True, True), ("127.0.0.1", False, False), ("127.0.0.2", True, False)],
    ids=["its own", "of another authority", "of another host"],
)
async def test_only_a_certificate_of_the_host_by_the_named_authority_is_taken(
    tmp_path, address, names_authority, is_trusted
):
    key, certificate = _certificate(tmp_path, address)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    graph = FederatedGraph(World(computed={"Query.places": lambda _: 3}), {"stock": "type Query { places: Int }"})
    async with listening(Wire(graph.subgraphs["stock"]), context) as wire:
        traffic = {"urls": [wire.url.replace("http:", "https:")]}
        if names_authority:
            traffic["ca_file"] = str(certificate)
        path = tmp_path / "router.json"
        path.write_text(json.dumps({"subgraphs": {"stock": traffic}}))
        async with wired(graph, config_file=str(path)) as running:
            answer = await running.ask("{ places }")

    assert answer["data"] == {"places": 3 if is_trusted else None}
    assert bool(wire.requests) == is_trusted


async def test_a_missing_authority_is_told_at_the_start(tmp_path):
    graph = FederatedGraph(World(), {"stock": "type Query { places: Int }"})
    path = tmp_path / "router.json"
    path.write_text(json.dumps({"subgraphs": {"stock": {"ca_file": "/none.pem"}}}))

    with pytest.raises(InvalidConfiguration, match=r"subgraphs\.stock\.ca_file: Path does not point to a file"):
        async with wired(graph, config_file=str(path)):
            pass
