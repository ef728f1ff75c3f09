"""Composition root of the development identity provider."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

from starlette.applications import Starlette

from cli.development_provider.accounts import AccountBook
from cli.development_provider.administration import AdministrationRoutes
from cli.development_provider.ledger import Ledger
from cli.development_provider.provider import Provider
from cli.development_provider.realm import read_realm
from cli.development_provider.routes import ProviderRoutes
from cli.development_provider.settings import ProviderSettings
from cli.development_provider.signing_key import signing_key
from cli.development_provider.tokens import TokenMint
from kernel.asgi import service_app
from kernel.telemetry import get_logger

SERVICE: Final = "development-identity-provider"

log = get_logger(__name__)


def create_provider(settings: ProviderSettings) -> Provider:
    """The provider without its HTTP surface.

    Raises:
        DevelopmentOnly: the profile is neither local nor ci.
        MissingPlaceholder: the realm file needs a value that `settings.values` lacks.
    """
    settings.require_development_profile()
    settings.state_folder.mkdir(parents=True, exist_ok=True)
    realm = read_realm(settings.realm_file, settings.values)
    issuer = issuer_of(settings.url, realm.name)
    ledger = Ledger(settings.state_folder, idle_seconds=realm.idle_seconds, max_seconds=realm.max_seconds)
    accounts = AccountBook.open(realm, settings.state_folder)
    return Provider(issuer, accounts, ledger, TokenMint(issuer, accounts, signing_key(settings.state_folder)))


def create_app(settings: ProviderSettings, provider: Provider | None = None) -> Starlette:
    """The provider as an ASGI application; `provider` lets the caller keep hold of it.

    Raises:
        DevelopmentOnly: the profile is neither local nor ci.
        MissingPlaceholder: the realm file needs a value that `settings.values` lacks.
    """
    settings.require_development_profile()
    served = provider or create_provider(settings)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncGenerator[None]:
        log.warning("development_only", issuer=served.issuer, note="this identity provider is not for production")
        yield

    administration = AdministrationRoutes(served, settings)
    routes = [*ProviderRoutes(served, settings.url).routes(), *administration.routes()]
    return service_app(service=SERVICE, routes=routes, lifespan=lifespan)


def issuer_of(url: str, realm: str = "retailflow") -> str:
    """The issuer of the realm at the provider's origin `url`, as Keycloak would write it."""
    return f"{url}/realms/{realm}"
