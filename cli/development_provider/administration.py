"""The part of Keycloak's administration API that keeps accounts in step, and the page its mails lead to."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from email.message import EmailMessage
from functools import wraps
from typing import Final, TypeAlias
from urllib.parse import parse_qsl
from uuid import NAMESPACE_URL, uuid5

import aiosmtplib
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.alias_generators import to_camel
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from cli.development_provider.accounts import NameTaken
from cli.development_provider.provider import Provider
from cli.development_provider.realm import User
from cli.development_provider.screens import password_screen, say
from cli.development_provider.settings import ProviderSettings
from kernel.asgi import OrjsonResponse

ADMINISTRATOR: Final = "user-sync"
_SENDER: Final = "no-reply@retailflow.example"
_SHORTEST_PASSWORD: Final = 12
_MOST: Final = 100
_Handler: TypeAlias = Callable[["AdministrationRoutes", Request], Awaitable[Response]]


class _Given(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, extra="ignore")

    username: str = Field(min_length=1)
    email: str = ""
    first_name: str = ""
    last_name: str = ""
    enabled: bool = False
    attributes: dict[str, list[str]] = Field(default_factory=dict[str, list[str]])


class _Role(BaseModel):
    name: str


_ROLES: Final[TypeAdapter[list[_Role]]] = TypeAdapter(list[_Role])


def _for_administrator(handler: _Handler) -> _Handler:
    """Answer 401 without a token of ours, 403 to everybody but the one client that administers."""

    @wraps(handler)
    async def checked(self: "AdministrationRoutes", request: Request) -> Response:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        claims = self.provider.mint.own_claims(token, "Bearer")
        if claims is None:
            return _error(401, "HTTP 401 Unauthorized")
        if claims.get("azp") != ADMINISTRATOR:
            return _error(403, "HTTP 403 Forbidden")
        return await handler(self, request)

    return checked


class AdministrationRoutes:
    """Under the paths of Keycloak, for the client `user-sync` only."""

    def __init__(self, provider: Provider, settings: ProviderSettings) -> None:
        self.provider = provider
        self._settings = settings
        self._book = provider.accounts

    def routes(self) -> Sequence[BaseRoute]:
        """What python-keycloak asks for us, and the page to choose a password."""
        users = f"/admin/realms/{self.provider.realm.name}/users"
        one = f"{users}/{{id}}"
        roles = f"{one}/role-mappings/realm"
        link = f"/realms/{self.provider.realm.name}/login-actions/action-token"
        return [
            Route(users, self.users, methods=["GET"]),
            Route(users, self.create, methods=["POST"]),
            Route(one, self.user, methods=["GET"]),
            Route(one, self.update, methods=["PUT"]),
            Route(roles, self.roles, methods=["GET"]),
            Route(roles, self.change_roles, methods=["POST", "DELETE"]),
            Route(f"{roles}/available", self.available_roles, methods=["GET"]),
            Route(f"{one}/logout", self.logout, methods=["POST"]),
            Route(f"{one}/execute-actions-email", self.send_mail, methods=["PUT"]),
            Route(link, self.ask_password, methods=["GET"]),
            Route(link, self.choose_password, methods=["POST"]),
        ]

    @_for_administrator
    async def users(self, request: Request) -> Response:
        """By an attribute (`q=name:value`) or the whole address (`email`), a page at a time."""
        query = request.query_params
        name, _, value = query.get("q", "").partition(":")
        people = [user for user in self._book.all() if user.service_account_client_id is None]
        found = [user for user in people if not name or user.attributes.get(name) == [value]]
        if "email" in query:
            found = [user for user in found if user.email.lower() == query["email"].lower()]
        first, most = int(query.get("first", "0")), min(int(query.get("max", str(_MOST))), _MOST)
        return OrjsonResponse([self._shown(user) for user in found[first : first + most]])

    @_for_administrator
    async def user(self, request: Request) -> Response:
        """One account."""
        user = self._asked(request)
        return OrjsonResponse(self._shown(user)) if user else _unknown()

    @_for_administrator
    async def create(self, request: Request) -> Response:
        """201 with the place of the new account, 409 where its name is taken."""
        return await self._stored(request, None)

    @_for_administrator
    async def update(self, request: Request) -> Response:
        """Replace what an administrator may change."""
        user = self._asked(request)
        return await self._stored(request, user) if user else _unknown()

    @_for_administrator
    async def roles(self, request: Request) -> Response:
        """Roles the account has."""
        user = self._asked(request)
        return OrjsonResponse(self._roles(user.realm_roles)) if user else _unknown()

    @_for_administrator
    async def available_roles(self, request: Request) -> Response:
        """Roles the account could have."""
        user = self._asked(request)
        return OrjsonResponse(self._roles(self.provider.realm.roles - {*user.realm_roles})) if user else _unknown()

    @_for_administrator
    async def change_roles(self, request: Request) -> Response:
        """Give or take roles."""
        user = self._asked(request)
        if user is None:
            return _unknown()
        named = {role.name for role in _ROLES.validate_json(await request.body())} & self.provider.realm.roles
        held = {*user.realm_roles}
        after = held | named if request.method == "POST" else held - named
        self._keep(user, realm_roles=sorted(after))
        return Response(status_code=204)

    @_for_administrator
    async def logout(self, request: Request) -> Response:
        """End the account's sessions and tell their clients."""
        user = self._asked(request)
        if user is None:
            return _unknown()
        await self.provider.end_sessions_of(user)
        return Response(status_code=204)

    @_for_administrator
    async def send_mail(self, request: Request) -> Response:
        """Write to the person, with a link to choose a password."""
        user = self._asked(request)
        if user is None:
            return _unknown()
        if not user.enabled or not user.email:
            return _error(400, "User is disabled or has no address")
        try:
            await aiosmtplib.send(
                self._mail(user, self._book.link_for(user)),
                hostname=self._settings.smtp_host,
                port=self._settings.smtp_port,
            )
        except (aiosmtplib.SMTPException, OSError):
            return _error(500, "Failed to send execute actions email")
        return Response(status_code=204)

    async def ask_password(self, request: Request) -> Response:
        """The page a mail leads to."""
        return self._password_page(request, request.query_params.get("key", ""), status=200)

    async def choose_password(self, request: Request) -> Response:
        """Set the password; the address is verified by having got the link."""
        form = dict(parse_qsl((await request.body()).decode("utf-8", "replace"), keep_blank_values=True))
        key, password = form.get("key", ""), form.get("password", "")
        if len(password) < _SHORTEST_PASSWORD:
            return self._password_page(request, key, status=400, is_short=True)
        user = self._book.choose_password(key, password)
        if user is None:
            return self._password_page(request, key, status=400)
        self._keep(user, email_verified=True)
        return say(request, "provider.password_done_heading", "provider.password_done")

    def _password_page(self, request: Request, key: str, *, status: int, is_short: bool = False) -> Response:
        user = self._book.account_of_link(key)
        if user is None:
            return say(request, "provider.link_old_heading", "provider.link_old", status=400)
        shortest = _SHORTEST_PASSWORD if is_short else None
        return password_screen(request, user.username, key, shortest=shortest, status=status)

    async def _stored(self, request: Request, user: User | None) -> Response:
        try:
            given = _Given.model_validate_json(await request.body())
        except ValidationError:
            return _error(400, "not a user representation")
        changes = given.model_dump() | {"username": given.username.lower()}
        try:
            if user is not None:
                self._keep(user, **changes)
                return Response(status_code=204)
            created = self._book.create(User.model_validate(changes))
        except NameTaken:
            return _error(409, "User exists with same username")
        place = f"{self._settings.url}/admin/realms/{self.provider.realm.name}/users/{created.id}"
        return Response(status_code=201, headers={"location": place})

    def _keep(self, user: User, **changes: object) -> None:
        self._book.store(user.model_copy(update={**changes, "id": self._book.id_of(user)}))

    def _asked(self, request: Request) -> User | None:
        return self._book.with_id(request.path_params["id"])

    def _shown(self, user: User) -> Mapping[str, object]:
        shown = user.model_dump(by_alias=True, include=set(_Given.model_fields) | {"email_verified"})
        return shown | {"id": self._book.id_of(user)}

    def _roles(self, names: Sequence[str] | frozenset[str]) -> list[Mapping[str, object]]:
        return [{"id": str(uuid5(NAMESPACE_URL, name)), "name": name} for name in sorted(names)]

    def _mail(self, user: User, key: str) -> EmailMessage:
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = _SENDER, user.email, "Update Your Account"
        link = f"{self.provider.issuer}/login-actions/action-token?key={key}"
        mail.set_content(f"Hello {user.name},\n\nchoose a password for your account at RetailFlow:\n\n{link}\n")
        return mail


def _error(status: int, message: str) -> Response:
    return OrjsonResponse({"errorMessage": message}, status_code=status)


def _unknown() -> Response:
    return _error(404, "User not found")
