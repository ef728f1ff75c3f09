"""The realm's people as they are now: those of the realm file, those made since, and what was changed; in a file."""

import base64
import hashlib
import hmac
import os
import secrets
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from uuid import NAMESPACE_URL, uuid4, uuid5

from pydantic import TypeAdapter

from cli.development_provider.realm import Credential, Realm, User
from cli.private_file import write_private

_FILE: Final = "development-accounts.json"
_JSON: Final[TypeAdapter[dict[str, User]]] = TypeAdapter(dict[str, User])
_SCRYPT: Final = {"n": 2**14, "r": 8, "p": 1}
_SALT_BYTES: Final = 16
_NOBODYS_SALT: Final = bytes(_SALT_BYTES)
_LINK_SECONDS: Final = 3 * 24 * 3600


class NameTaken(Exception):
    """Another account has this user name."""


@dataclass(slots=True)
class _Link:
    account_id: str
    ends_at: float


@dataclass(slots=True)
class AccountBook:
    """Accounts by user name; changed ones shadow those of the realm file. Links to choose a password live in memory."""

    realm: Realm
    path: Path
    _changed: dict[str, User] = field(default_factory=dict[str, User])
    _links: dict[str, _Link] = field(default_factory=dict[str, _Link])

    @classmethod
    def open(cls, realm: Realm, state_folder: Path) -> "AccountBook":
        """The book of a state folder."""
        path = state_folder / _FILE
        changed = _JSON.validate_json(path.read_bytes()) if path.is_file() else {}
        return cls(realm, path, changed)

    def all(self) -> list[User]:
        """Every account, service accounts too."""
        ids = {user.id for user in self._changed.values()}
        kept = (user for user in self.realm.users.values() if self.id_of(user) not in ids)
        return [*kept, *self._changed.values()]

    def named(self, username: str) -> User | None:
        """The account of this name."""
        wanted = username.strip().lower()
        return next((user for user in self.all() if user.username.lower() == wanted), None)

    def with_id(self, account_id: str) -> User | None:
        """The account with this id."""
        return next((user for user in self.all() if self.id_of(user) == account_id), None)

    def id_of(self, user: User) -> str:
        """The account's id in the realm file, or one that is always the same."""
        return user.id or str(uuid5(NAMESPACE_URL, f"{self.realm.name}/{user.username}"))

    def create(self, given: User) -> User:
        """A new account; raises NameTaken."""
        return self.store(given.model_copy(update={"id": str(uuid4())}))

    def store(self, user: User) -> User:
        """Keep a new or changed account; raises NameTaken."""
        holder = self.named(user.username)
        if holder is not None and self.id_of(holder) != user.id:
            raise NameTaken
        self._changed[user.id] = user
        write_private(self.path, _JSON.dump_json(self._changed).decode())
        return user

    def user_with(self, username: str, password: str) -> User | None:
        """The account with this name and password, if it may sign in."""
        user = self.named(username)
        if user is None or not user.enabled or not user.credentials or user.service_account_client_id is not None:
            # as long as a wrong password takes: nobody learns from a clock who has an account
            _derived(password, _NOBODYS_SALT)
            return None
        return user if _is_password(user.credentials[0], password) else None

    def link_for(self, user: User) -> str:
        """A key that lets its holder choose the account's password, once, for three days."""
        key = secrets.token_urlsafe(32)
        self._links[_hashed(key)] = _Link(self.id_of(user), time.time() + _LINK_SECONDS)
        return key

    def account_of_link(self, key: str) -> User | None:
        """Whose password the key lets choose."""
        link = self._links.get(_hashed(key))
        if link is None or link.ends_at < time.time():
            return None
        return self.with_id(link.account_id)

    def choose_password(self, key: str, password: str) -> User | None:
        """Set the password; the key and every other key of the account are used up."""
        user = self.account_of_link(key)
        if user is None:
            return None
        self._links = {one: link for one, link in self._links.items() if link.account_id != self.id_of(user)}
        return self.store(user.model_copy(update={"id": self.id_of(user), "credentials": [_hidden(password)]}))


def demo_people(book: AccountBook) -> list[User]:
    """Those whose password is the realm file's, and who may sign in."""
    return [user for user in book.all() if user.enabled and user.credentials and not user.credentials[0].salt]


def _hidden(password: str) -> Credential:
    salt = os.urandom(_SALT_BYTES)
    return Credential(value=_derived(password, salt), salt=base64.b64encode(salt).decode())


def _derived(password: str, salt: bytes) -> str:
    return hashlib.scrypt(password.encode(), salt=salt, **_SCRYPT).hex()


def _is_password(credential: Credential, password: str) -> bool:
    given = _derived(password, base64.b64decode(credential.salt)) if credential.salt else password
    return hmac.compare_digest(credential.value.encode(), given.encode())


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
