"""The people of the demo: users of the realm file, so that their ids are the subjects of their tokens."""

from pathlib import Path
from typing import Final
from uuid import UUID

import orjson
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from cli.state import ROOT

REALM_FILE: Final = ROOT / "deploy" / "keycloak" / "realm.json"


class DemoPerson(BaseModel):
    """Somebody who can sign in; service accounts have no id in the file."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True)

    id: str = ""
    email: str = ""
    first_name: str = ""
    last_name: str = ""
    realm_roles: tuple[str, ...] = ()
    attributes: dict[str, list[str]] = {}

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def store_ids(self) -> tuple[UUID, ...]:
        """Stores they work in."""
        return tuple(UUID(store) for store in self.attributes.get("store_ids", ()))

    def belongs_to(self, tenant_id: UUID) -> bool:
        """True for a user of that tenant."""
        return bool(self.id) and self.attributes.get("tenant_id") == [str(tenant_id)]


class _Realm(BaseModel):
    users: tuple[DemoPerson, ...]


def people_of(tenant_id: UUID, realm_file: Path = REALM_FILE) -> tuple[DemoPerson, ...]:
    """The tenant's users in the order of the realm file."""
    realm = _Realm.model_validate(orjson.loads(realm_file.read_bytes()))
    return tuple(person for person in realm.users if person.belongs_to(tenant_id))
