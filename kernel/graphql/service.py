"""A subgraph as a service: the same object answers in process and behind `POST /graphql`."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from functools import cached_property, partial
from typing import ClassVar, cast

import orjson
from graphql import GraphQLError
from pydantic import SecretStr
from pydantic_settings import SettingsConfigDict
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kernel.answer_headers import sent_headers
from kernel.asgi import ClosingStream, OrjsonResponse, error_body, service_app
from kernel.bus import LiveEvents
from kernel.caller_proof import CallerCheck, CallerNotProven
from kernel.database.connection import Database
from kernel.deadlines import told_seconds
from kernel.errors import BadUserInput, DomainError
from kernel.event_stream import EVENT_STREAM_HEADERS, EventStream, wants_events
from kernel.graphql.context import RequestContext
from kernel.graphql.execution import CompiledSchema, Fallback
from kernel.graphql.schema import SubgraphSchema, cause_of, is_for_the_caller
from kernel.graphql.subscriptions import Subscriptions
from kernel.graphql.types import is_utc
from kernel.identity import JwksSource, Principal, TokenVerifier
from kernel.settings import CommonSettings, MissingCallerKeys, TokenSettings
from kernel.subgraph import GraphQLRequest, JsonObject, JsonValue
from kernel.telemetry import bind_tenant, configure_logging, counter, get_logger

log = get_logger(__name__)
_FALLBACKS = counter(
    "graphql_fallbacks_total", "Operations that were left to graphql-core, by why", ("service", "reason")
)
_REFUSED_CALLERS = counter(
    "subgraph_callers_refused_total", "Requests without a caller's valid proof, by why", ("service", "reason")
)


class SubgraphSettings(TokenSettings):
    """What a subgraph needs: its own database URL and the issuer.

    Environment: RETAILFLOW_<CONTEXT>_DATABASE_URL (role `<context>_app`), RETAILFLOW_<CONTEXT>_POOL_SIZE and
    RETAILFLOW_<CONTEXT>_READ_POOL_SIZE (connections for writes and for reads), RETAILFLOW_ISSUER,
    RETAILFLOW_JWKS_URL, RETAILFLOW_SECOND_FACTOR_SECONDS, RETAILFLOW_COMPILED_EXECUTION (false leaves every operation
    to graphql-core), RETAILFLOW_<CONTEXT>_CALLER_KEYS (who may call over HTTP; several, separated by commas, while
    they rotate), RETAILFLOW_REDIS_URL (the event bus, for subscriptions; without it there are none).
    """

    database_url: str
    pool_size: int = 6
    read_pool_size: int = 6
    caller_keys: SecretStr = SecretStr("")
    compiled_execution: bool = True
    redis_url: str | None = None

    @classmethod
    def for_context(cls, name: str) -> "SubgraphSettings":
        """Read the settings of the context `name`."""
        own = _ContextSettings(_env_prefix=f"RETAILFLOW_{name.upper()}_")  # pyright: ignore[reportCallIssue]
        return cls(**own.model_dump(include={"database_url", "pool_size", "read_pool_size", "caller_keys"}))

    def database(self, name: str) -> Database:
        """The connections of the role these settings name; `name` is what the server shows for it."""
        return Database(
            self.database_url,
            pool_size=self.pool_size,
            read_pool_size=self.read_pool_size,
            application_name=name,
        )

    def verifier(self) -> TokenVerifier:
        """Checks the issuer's tokens against its published keys."""
        keys = JwksSource(self.jwks_url)
        return TokenVerifier(self.issuer, self.audience, keys, second_factor_seconds=self.second_factor_seconds)

    def callers(self, name: str) -> CallerCheck | None:
        """Who may call this subgraph over HTTP; None lets everybody, which production does not.

        Raises:
            MissingCallerKeys: no key is set, in production.
            WeakCallerKey: one of them is too short.
        """
        keys = [key for key in self.caller_keys.get_secret_value().split(",") if key]
        if keys:
            return CallerCheck(name, keys)
        if not self.profile.allows_development_parts:
            raise MissingCallerKeys(f"RETAILFLOW_{name.upper()}_CALLER_KEYS is not set")
        log.warning("callers_not_checked", subgraph=name)
        return None


class _ContextSettings(CommonSettings):
    model_config: ClassVar[SettingsConfigDict] = SettingsConfigDict(extra="ignore")

    database_url: str
    pool_size: int = 6
    read_pool_size: int = 6
    caller_keys: SecretStr = SecretStr("")


class Subgraph:
    """One bounded context's API. Implements `kernel.subgraph.SubgraphHandler`."""

    def __init__(
        self,
        name: str,
        schema: SubgraphSchema,
        *,
        database: Database,
        verifier: TokenVerifier,
        context: Callable[[Database, Principal | None], RequestContext] = RequestContext,
        compiled_execution: bool = True,
        live: LiveEvents | None = None,
    ) -> None:
        self.name = name
        self.sdl = schema.as_str()
        self.database = database
        self._schema = CompiledSchema(schema, on_fallback=self._note_fallback) if compiled_execution else schema
        self._context = context
        self._verifier = verifier
        self._live = live
        self._subscriptions = Subscriptions(schema)

    async def startup(self) -> None:
        """Raise early when the database is not there."""
        await self.database.ping()

    async def shutdown(self) -> None:
        """Close the pool, and end all subscriptions."""
        if self._live is not None:
            await self._live.close()
        await self.database.close()

    async def execute(self, request: GraphQLRequest, headers: Mapping[str, str]) -> JsonObject:
        """Verify the token, run the operation, answer `{"data", "errors"}` with coded, masked errors."""
        return cast("JsonObject", await self._answer(self._schema, request, headers))

    async def subscribe(self, request: GraphQLRequest, headers: Mapping[str, str]) -> AsyncGenerator[JsonObject]:
        """The results of a subscription; the token is verified again with each and from time to time."""
        try:
            principal = await self._verifier.principal_of(headers)
        except DomainError as error:
            yield cast("JsonObject", {"data": None, **_refused(error)})
            return
        if principal is not None and principal.tenant_id is not None:
            bind_tenant(str(principal.tenant_id))
        context = self._context(self.database, principal)
        context.watch(self._live)
        try:
            async with aclosing(
                self._subscriptions.results(request, headers, context, verifier=self._verifier)
            ) as results:
                async for result in results:
                    yield _told(result.data, result.errors)
        except DomainError as error:
            yield cast("JsonObject", {"data": None, **_refused(error)})
        finally:
            await context.close()

    async def _answer(
        self, schema: CompiledSchema | SubgraphSchema, request: GraphQLRequest, headers: Mapping[str, str]
    ) -> dict[str, object]:
        try:
            principal = await self._verifier.principal_of(headers)
        except DomainError as error:
            return {"data": None, **_refused(error)}
        if principal is not None and principal.tenant_id is not None:
            bind_tenant(str(principal.tenant_id))
        context = self._context(self.database, principal)
        try:
            result = await schema.execute(
                request.query,
                variable_values=dict(request.variables or {}),
                context_value=context,
                operation_name=request.operation_name,
            )
        finally:
            await context.close()
        return cast("dict[str, object]", _told(result.data, result.errors))

    @cached_property
    def _encoded_schema(self) -> CompiledSchema | SubgraphSchema:
        """For answers that only become bytes; a subgraph that is called in process needs none."""
        if isinstance(self._schema, SubgraphSchema):
            return self._schema
        return CompiledSchema(
            self._schema.schema, on_fallback=self._note_fallback, left_to_encoder={"DateTime": is_utc}
        )

    def _note_fallback(self, fallback: Fallback) -> None:
        _FALLBACKS.labels(self.name, fallback.reason).inc()

    def asgi_app(self, callers: CallerCheck | None = None) -> Starlette:
        """The HTTP service: POST /graphql for whom `callers` lets (None: all), health and metrics for everybody."""

        @asynccontextmanager
        async def lifespan(_app: Starlette) -> AsyncGenerator[None]:
            await self.startup()
            yield
            await self.shutdown()

        return service_app(
            service=self.name,
            routes=[Route("/graphql", partial(self._serve, callers), methods=["POST"])],
            lifespan=lifespan,
            readiness={"database": self.database.ping},
            max_body_bytes=8 * 1_048_576,
        )

    async def _serve(self, callers: CallerCheck | None, request: Request) -> Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        try:
            operation = _read_request(await _proven_body(callers, headers, request))
        except CallerNotProven as error:
            _REFUSED_CALLERS.labels(self.name, error.reason).inc()
            log.warning("caller_refused", reason=error.reason)
            return OrjsonResponse(error_body(error.code, "only the router may call this subgraph"), status_code=403)
        except BadUserInput as error:
            return OrjsonResponse(error_body(error.code, error.message), status_code=400)
        if wants_events(headers.get("accept")):
            return ClosingStream(EventStream(self.subscribe(operation, headers)), headers=EVENT_STREAM_HEADERS)
        try:
            with sent_headers() as sent:
                async with asyncio.timeout(told_seconds(headers)):
                    answer = await self._answer(self._encoded_schema, operation, headers)
        except TimeoutError:
            # nobody waits for it any more: what it holds (a connection, locks) is for those who do
            return OrjsonResponse(error_body("DEADLINE_EXCEEDED", "the caller's deadline has passed"), status_code=504)
        response = Response(orjson.dumps(answer, option=orjson.OPT_UTC_Z), media_type="application/json")
        for name, value in sent:
            response.headers.append(name, value)
        return response


def assemble_subgraph(
    name: str,
    schema: SubgraphSchema,
    settings: SubgraphSettings,
    *,
    context: Callable[[Database, Principal | None], RequestContext] = RequestContext,
) -> Subgraph:
    """A subgraph with the real database, issuer and, if there is one, bus of `settings`."""
    database, verifier = settings.database(name), settings.verifier()
    return Subgraph(
        name,
        schema,
        database=database,
        verifier=verifier,
        context=context,
        compiled_execution=settings.compiled_execution,
        live=LiveEvents.at(settings.redis_url) if settings.redis_url is not None else None,
    )


def serve_subgraph(build: Callable[[SubgraphSettings], Subgraph], name: str) -> Starlette:
    """The ASGI app of one context, configured from the environment."""
    settings = SubgraphSettings.for_context(name)
    configure_logging(name, level=settings.log_level)
    return build(settings).asgi_app(settings.callers(name))


async def _proven_body(callers: CallerCheck | None, headers: Mapping[str, str], request: Request) -> bytes:
    if callers is None:
        return await request.body()
    callers.require_header(headers)
    body = await request.body()
    callers.require(headers, body)
    return body


def _read_request(body: bytes) -> GraphQLRequest:
    try:
        parsed: object = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise BadUserInput("the body is not JSON") from None
    fields = cast("dict[str, object]", parsed) if isinstance(parsed, dict) else {}
    query, variables, name = fields.get("query"), fields.get("variables"), fields.get("operationName")
    if not isinstance(query, str):
        raise BadUserInput("query must be a string", field=("query",))
    if variables is not None and not isinstance(variables, dict):
        raise BadUserInput("variables must be an object", field=("variables",))
    if name is not None and not isinstance(name, str):
        raise BadUserInput("operationName must be a string", field=("operationName",))
    return GraphQLRequest(query, cast("dict[str, JsonValue] | None", variables), name)


def _told(data: object, errors: Sequence[GraphQLError] | None) -> JsonObject:
    answer: dict[str, object] = {"data": data}
    if errors:
        answer["errors"] = [_formatted(error) for error in errors]
    return cast("JsonObject", answer)


def _refused(error: DomainError) -> dict[str, object]:
    return error_body(error.code, error.message)


def _formatted(error: GraphQLError) -> dict[str, object]:
    cause, answer = cause_of(error), dict(error.formatted)
    if isinstance(cause, DomainError):
        extensions: dict[str, object] = {**cause.details, "code": cause.code}
        if cause.field is not None:
            extensions["field"] = list(cause.field)
        return {**answer, "message": cause.message, "extensions": extensions}
    if is_for_the_caller(error):
        extensions = {"code": "BAD_USER_INPUT", **(error.extensions or {})}
        return {**answer, "extensions": extensions}
    return {**answer, "message": "internal error", "extensions": {"code": "INTERNAL"}}
