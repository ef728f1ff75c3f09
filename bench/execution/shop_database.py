"""A PostgreSQL of its own with the catalogue of one shop, and an issuer whose tokens it may be read with."""

import shutil
import tempfile
import threading
import time
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from uuid import UUID

import asyncpg
import orjson
from joserfc import jwt
from joserfc.jwk import KeySetSerialization, RSAKey

from cli.embedded.postgres import PostgresServer, start_postgres
from kernel.ids import uuid7
from tests.factories.databases import ProvisionedDatabase, provision_database

PRODUCTS = 500
VARIANTS = 2
QUERY = """query ShopPage { products(first: 20) { nodes { id slug name description status version
  variants { id sku name version price { amount currencyCode } } } } }"""


@dataclass(frozen=True, slots=True)
class Shop:
    """The running server, the database in it, and the tenant whose catalogue is there."""

    server: PostgresServer
    database: ProvisionedDatabase
    tenant: UUID

    @property
    def superuser_url(self) -> str:
        return f"{self.server.superuser_dsn.rpartition('/')[0]}/{self.database.name}"


@asynccontextmanager
async def opened_shop() -> AsyncGenerator[Shop]:
    with _running_server() as server:
        shop = Shop(server, await provision_database(server.superuser_dsn, ["catalog"]), uuid7())
        await _fill(shop)
        yield shop


@contextmanager
def _running_server() -> Generator[PostgresServer]:
    folder = Path(tempfile.mkdtemp(prefix="retailflow-bench-"))
    # PostgreSQL runs as another account when root runs the benchmark
    folder.chmod(0o711)
    server = start_postgres(folder / "postgres", durable=False)
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder)


async def _fill(shop: Shop) -> None:
    began = datetime(2026, 1, 1, tzinfo=UTC)
    connection = await asyncpg.connect(shop.superuser_url)
    try:
        for number in range(PRODUCTS):
            product, made = uuid7(), began + timedelta(minutes=number)
            await connection.execute(
                "INSERT INTO catalog.product (tenant_id, id, slug, name, description, status, created_at, updated_at,"
                " version) VALUES ($1, $2, $3, $4, $5, 'ACTIVE', $6, $6, 3)",
                *(shop.tenant, product, f"oak-lamp-{number}", f"Oak lamp number {number}"),
                *("A lamp of solid oak with a shade of linen, made by hand.", made),
            )
            for position in range(1, VARIANTS + 1):
                await connection.execute(
                    "INSERT INTO catalog.variant (tenant_id, id, product_id, position, sku, name, options, price_minor,"
                    " currency, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'GBP', 1)",
                    *(shop.tenant, uuid7(), product, position, f"LAMP-{number}-{position}", f"Size {position}"),
                    *(orjson.dumps([{"name": "Size", "value": str(position)}]).decode(), 1250 + number),
                )
        await connection.execute("ANALYZE")
    finally:
        await connection.close()


class Issuer:
    """Publishes its key on the loopback and signs access tokens."""

    def __init__(self) -> None:
        self._key = RSAKey.generate_key(2048, {"kid": "bench", "use": "sig", "alg": "RS256"}, auto_kid=False)
        document = orjson.dumps(self.key_set())

        class KeySetHandler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(document)))
                self.end_headers()
                self.wfile.write(document)

            def log_message(self, *_: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), KeySetHandler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def key_set(self) -> KeySetSerialization:
        """The public key, as it is published."""
        return {"keys": [self._key.as_dict(private=False)]}

    def environment(self) -> dict[str, str]:
        """For a process that checks tokens against this issuer."""
        return {
            "RETAILFLOW_ISSUER": "https://issuer.bench",
            "RETAILFLOW_AUDIENCE": "retail-api",
            "RETAILFLOW_JWKS_URL": f"http://127.0.0.1:{self._server.server_port}/keys",
        }

    def access_token(self, tenant: UUID, role: str = "tenant_owner") -> str:
        now = int(time.time())
        claims = {"iss": "https://issuer.bench", "aud": "retail-api", "sub": "bench", "typ": "Bearer", "iat": now}
        claims |= {"exp": now + 3600, "tenant_id": str(tenant), "realm_access": {"roles": [role]}}
        return jwt.encode({"alg": "RS256", "kid": "bench"}, claims, self._key)

    def close(self) -> None:
        self._server.shutdown()


@contextmanager
def opened_issuer() -> Generator[Issuer]:
    issuer = Issuer()
    try:
        yield issuer
    finally:
        issuer.close()
