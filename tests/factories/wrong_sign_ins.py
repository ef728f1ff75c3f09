"""Names under which a sign-in at the development provider is refused, each for another reason."""

from uuid import uuid4

from cli.development_provider.provider import Provider
from cli.development_provider.realm import User

PASSWORD = "chosen by its person"


def account_of(provider: Provider, username: str) -> User | None:
    return provider.accounts.named(username)


def refused_names(provider: Provider) -> dict[str, str]:
    """Somebody with a password of the own choice, one whose account is closed, one who never chose, and nobody."""
    return {
        "wrong password": _person(provider),
        "closed": _person(provider, enabled=False),
        "no password yet": provider.accounts.create(User(username=_name())).username,
        "unknown": _name(),
    }


def _name() -> str:
    return f"person-{uuid4()}@lumen.example"


def _person(provider: Provider, *, enabled: bool = True) -> str:
    user = provider.accounts.create(User(username=_name()))
    chosen = provider.accounts.choose_password(provider.accounts.link_for(user), PASSWORD)
    assert chosen is not None
    return provider.accounts.store(chosen.model_copy(update={"enabled": enabled})).username
