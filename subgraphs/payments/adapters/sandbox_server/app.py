"""The provider's HTTP API: tokens, charges, refunds, credits."""

import asyncio
import contextlib
import hmac
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated, ClassVar, Final, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kernel.asgi import OrjsonResponse, service_app
from kernel.settings import CommonSettings
from kernel.telemetry import configure_logging, get_logger
from subgraphs.payments.adapters.sandbox_server.books import Books, KeyReused, Refused, Wanted
from subgraphs.payments.adapters.sandbox_server.cards import TEST_CARDS, Behaviour, Card
from subgraphs.payments.adapters.sandbox_server.deliveries import Deliveries

log = get_logger(__name__)
_MAX_KEY: Final = 255
_MAX_PAGE: Final = 1000
_LONGEST_METADATA: Final = 10


class SandboxSettings(CommonSettings):
    """What the provider needs.

    Environment: RETAILFLOW_PAYMENT_SANDBOX_SECRET (the key callers must show), RETAILFLOW_PAYMENT_WEBHOOK_SECRET,
    RETAILFLOW_PAYMENT_WEBHOOK_URL (no webhooks when empty), RETAILFLOW_PAYMENT_SANDBOX_FILE,
    RETAILFLOW_PAYMENT_SANDBOX_HANG_SECONDS and _LATE_SECONDS (how the timing-out cards behave).
    """

    payment_sandbox_secret: str
    payment_webhook_secret: str
    payment_webhook_url: str = ""
    payment_sandbox_file: Path = Path(".retailflow/sandbox-provider.sqlite3")
    payment_sandbox_hang_seconds: float = 30.0
    payment_sandbox_late_seconds: float = 30.0


class _Body(BaseModel):
    model_config: ClassVar[ConfigDict] = ConfigDict(alias_generator=to_camel, extra="forbid")


Metadata = Annotated[
    dict[Annotated[str, Field(max_length=40)], Annotated[str, Field(max_length=200)]],
    Field(max_length=_LONGEST_METADATA),
]


class _TokenBody(_Body):
    number: str = Field(max_length=32)
    exp_month: int = Field(default=12, ge=1, le=12)
    exp_year: int = Field(default=2099, ge=2000, le=2100)
    cvc: str = Field(default="", max_length=4)


class _MoneyBody(_Body):
    amount_minor: int = Field(gt=0, lt=10**15, strict=True)
    currency: str = Field(pattern="^[A-Z]{3}$")
    metadata: Metadata = Field(default_factory=dict)

    def wanted(self, key: str) -> Wanted:
        """With its idempotency key."""
        return Wanted(key, self.amount_minor, self.currency, self.metadata)


class _ChargeBody(_MoneyBody):
    token: str = Field(max_length=80)
    order_id: str | None = Field(default=None, max_length=80)


BodyT = TypeVar("BodyT", bound=_Body)
Endpoint = Callable[[Request], Awaitable[Response]]


class _Problem(Exception):
    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code


def create_app(settings: SandboxSettings | None = None) -> Starlette:
    """`uvicorn --factory subgraphs.payments.adapters.sandbox_server:create_app`.

    Raises:
        RuntimeError: in the production profile.
    """
    if settings is None:
        settings = SandboxSettings()  # pyright: ignore[reportCallIssue]
        configure_logging("sandbox-provider", level=settings.log_level)
    if not settings.profile.allows_development_parts:
        raise RuntimeError("the sandbox payment provider does not run in production")
    provider = _Provider(settings)
    return service_app(
        service="sandbox-provider",
        routes=[
            Route("/tokens", _answering(provider.add_token), methods=["POST"]),
            Route("/charges", _answering(provider.add_charge), methods=["POST"]),
            Route("/charges", _answering(provider.list_charges), methods=["GET"]),
            Route("/charges/{charge_id}/refunds", _answering(provider.add_refund), methods=["POST"]),
            Route("/credits", _answering(provider.add_credit), methods=["POST"]),
        ],
        lifespan=provider.lifespan,
        max_body_bytes=16_384,
    )


class _Provider:
    def __init__(self, settings: SandboxSettings) -> None:
        self._settings = settings
        self._open_books: Books | None = None
        self._deliveries: Deliveries | None = None

    @asynccontextmanager
    async def lifespan(self, _app: Starlette) -> AsyncGenerator[None]:
        """Open the books and send webhooks while the service runs."""
        books = self._open_books = Books(self._settings.payment_sandbox_file)
        url = self._settings.payment_webhook_url
        self._deliveries = Deliveries(books, url, self._settings.payment_webhook_secret) if url else None
        sending = asyncio.create_task(self._deliveries.run()) if self._deliveries is not None else None
        try:
            yield
        finally:
            if sending is not None:
                sending.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await sending
            books.close()

    async def add_token(self, request: Request) -> Response:
        """Anybody may turn a test card into a token, as a browser would."""
        body = await _read(request, _TokenBody)
        number = body.number.replace(" ", "")
        behaviour = TEST_CARDS.get(number)
        if behaviour is None:
            raise _Problem(400, "NOT_A_TEST_CARD")
        token = self._books.add_token(Card(behaviour, number[-4:]))
        return OrjsonResponse({"token": token, "card": {"brand": "visa", "last4": number[-4:]}}, status_code=201)

    async def add_charge(self, request: Request) -> Response:
        """201 captured, 402 declined; the timing-out cards answer nothing in time."""
        self._authenticate(request)
        body = await _read(request, _ChargeBody)
        card = self._books.card_of(body.token)
        if card is None:
            raise _Problem(400, "NO_SUCH_TOKEN")
        charge = self._charge(replace(body.wanted(_key(request)), order_id=body.order_id), card)
        if card.behaviour.is_silent:
            await _hang(request, self._settings.payment_sandbox_hang_seconds)
            raise _Problem(504, "TIMEOUT")
        return OrjsonResponse(charge, status_code=201 if charge["status"] == "captured" else 402)

    async def list_charges(self, request: Request) -> Response:
        """By key, or page by page: `?after=<id>&limit=`."""
        self._authenticate(request)
        query = request.query_params
        limit = query.get("limit", str(_MAX_PAGE))
        if not limit.isdecimal() or not 1 <= int(limit) <= _MAX_PAGE:
            raise _Problem(400, "BAD_LIMIT")
        charges = self._books.charges(
            now=time.time(), key=query.get("key"), after=query.get("after", ""), limit=int(limit)
        )
        return OrjsonResponse({"charges": charges})

    async def add_refund(self, request: Request) -> Response:
        """Of a charge, at most what is left of it."""
        return await self._refund(request, request.path_params["charge_id"])

    async def add_credit(self, request: Request) -> Response:
        """Without a charge."""
        return await self._refund(request, None)

    async def _refund(self, request: Request, charge_id: str | None) -> Response:
        self._authenticate(request)
        body = await _read(request, _MoneyBody)
        refund = self._books.add_refund(body.wanted(_key(request)), charge_id, now=time.time())
        self._ring()
        return OrjsonResponse(refund, status_code=201)

    def _charge(self, wanted: Wanted, card: Card) -> Mapping[str, object]:
        if card.behaviour is Behaviour.TIMEOUT_UNCHARGED:
            return {}
        now = time.time()
        late = self._settings.payment_sandbox_late_seconds if card.behaviour is Behaviour.TIMEOUT_LATE else 0
        charge = self._books.add_charge(wanted, card, now=now, known_at=now + late)
        self._ring()
        return charge

    def _authenticate(self, request: Request) -> None:
        scheme, _, shown = request.headers.get("authorization", "").partition(" ")
        expected = self._settings.payment_sandbox_secret.encode()
        if scheme.lower() != "bearer" or not hmac.compare_digest(shown.encode(), expected):
            raise _Problem(401, "UNAUTHENTICATED")

    @property
    def _books(self) -> Books:
        if self._open_books is None:
            raise _Problem(503, "STARTING")
        return self._open_books

    def _ring(self) -> None:
        if self._deliveries is not None:
            self._deliveries.ring()


def _answering(endpoint: Endpoint) -> Endpoint:
    """Turn what an endpoint refuses into a status and a code."""

    async def answer(request: Request) -> Response:
        try:
            return await endpoint(request)
        except _Problem as problem:
            return OrjsonResponse({"code": problem.code}, status_code=problem.status)
        except KeyReused:
            return OrjsonResponse({"code": "IDEMPOTENCY_KEY_REUSED"}, status_code=409)
        except Refused as refusal:
            return OrjsonResponse({"code": str(refusal)}, status_code=422)

    return answer


async def _read(request: Request, kind: type[BodyT]) -> BodyT:
    try:
        return kind.model_validate_json(await request.body())
    except ValidationError:
        # its text would repeat the input, which may be a card number
        raise _Problem(400, "BAD_REQUEST") from None


def _key(request: Request) -> str:
    key = request.headers.get("idempotency-key", "")
    if not 0 < len(key) <= _MAX_KEY:
        raise _Problem(400, "IDEMPOTENCY_KEY_MISSING")
    return key


async def _hang(request: Request, seconds: float) -> None:
    """Say nothing until the caller has gone."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while (await request.receive())["type"] != "http.disconnect":
                pass
