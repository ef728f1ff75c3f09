"""Where identity's tables live."""

from sqlalchemy.orm import DeclarativeBase

from kernel.database import context_metadata


class IdentityTable(DeclarativeBase):
    """Tables of the schema `identity`."""

    metadata = context_metadata("identity")
