"""Create a category."""

from dataclasses import dataclass
from uuid import UUID

from kernel.database import Transaction
from subgraphs.catalog.errors import NoSuchCategory, SlugTaken, refusals_below
from subgraphs.catalog.model import Category
from subgraphs.catalog.model.wording import slug_of
from subgraphs.catalog.repository.writing import categories_by_id, category_ids_by_slug, lock_names


@dataclass(frozen=True, slots=True)
class CreateCategory:
    """Without a slug, the name suggests one."""

    name: str
    slug: str | None
    parent_id: UUID | None


async def create_category(tx: Transaction, command: CreateCategory) -> UUID:
    """Store the category; its id.

    Raises:
        SlugTaken: another category has the slug.
        NoSuchCategory: there is no such parent.
        Invalid: see `Category.create`.
    """
    slug = command.slug if command.slug is not None else slug_of(command.name)
    with refusals_below("input"):
        category = Category.create(tx.tenant_id, slug=slug, name=command.name, parent_id=command.parent_id)
        await lock_names(tx)
        if await category_ids_by_slug(tx.session, [slug]):
            raise SlugTaken(f"another category has the slug {slug!r}", field=("slug",))
        if command.parent_id is not None and not await categories_by_id(tx.session, [command.parent_id]):
            raise NoSuchCategory("there is no such category", field=("parentId",))
    tx.session.add(category)
    return category.id
