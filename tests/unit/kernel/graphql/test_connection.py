"""Connections make only what is selected of a page."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
import strawberry

from kernel.database import Page
from kernel.errors import BadUserInput
from kernel.graphql import Connection, SubgraphSchema, connection_of, page_arguments
from kernel.graphql.execution import CompiledSchema, column


@dataclass(frozen=True, slots=True)
class Named:
    name: str


class Cursors(Sequence[str]):
    """Remembers which were looked at."""

    def __init__(self, shop: "Shop") -> None:
        self._shop = shop

    def __len__(self) -> int:
        return 2

    def __getitem__(self, index: Any) -> Any:
        self._shop.cursors.append(range(2)[index])
        return f"cursor {range(2)[index]}"


@dataclass(slots=True)
class Shop:
    made: list[str] = field(default_factory=list)
    cursors: list[int] = field(default_factory=list)
    counts: int = 0

    async def count(self) -> int:
        self.counts += 1
        return 7


@strawberry.type
class Item:
    row: strawberry.Private[Named]

    name: str = column()


@strawberry.type
class Query:
    @strawberry.field
    def items(self, info: strawberry.Info[Shop, None]) -> Connection[Item]:
        def item(row: Named) -> Item:
            info.context.made.append(row.name)
            return Item(row=row)

        page = Page([Named("mug"), Named("pot")], Cursors(info.context), has_next=True, has_previous=False)
        return connection_of(page, item, count=info.context.count)


@pytest.mark.parametrize("is_compiled", [True, False])
@pytest.mark.parametrize(
    ("selection", "answer", "shop"),
    [
        ("nodes { name }", {"nodes": [{"name": "mug"}, {"name": "pot"}]}, Shop(made=["mug", "pot"])),
        (
            "edges { cursor node { name } }",
            {
                "edges": [
                    {"cursor": "cursor 0", "node": {"name": "mug"}},
                    {"cursor": "cursor 1", "node": {"name": "pot"}},
                ]
            },
            Shop(made=["mug", "pot"], cursors=[0, 1]),
        ),
        (
            "pageInfo { hasNextPage hasPreviousPage startCursor endCursor }",
            {
                "pageInfo": {
                    "hasNextPage": True,
                    "hasPreviousPage": False,
                    "startCursor": "cursor 0",
                    "endCursor": "cursor 1",
                }
            },
            Shop(cursors=[0, 1]),
        ),
        ("totalCount", {"totalCount": 7}, Shop(counts=1)),
    ],
)
async def test_a_connection_makes_only_what_is_selected(
    is_compiled: bool, selection: str, answer: dict[str, object], shop: Shop
):
    schema, seen = SubgraphSchema(query=Query), Shop()
    execute = CompiledSchema(schema).execute if is_compiled else schema.execute

    result = await execute(f"{{ items {{ {selection} }} }}", None, seen)

    assert (result.errors, result.data) == (None, {"items": answer})
    assert (seen.made, sorted(set(seen.cursors)), seen.counts) == (shop.made, shop.cursors, shop.counts)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, ("first",)),
        ({"first": 1, "last": 1}, ("first",)),
        ({"first": 0}, ("first",)),
        ({"last": 101}, ("last",)),
        ({"first": 1, "before": "x"}, ("first",)),
        ({"last": 1, "after": "x"}, ("last",)),
    ],
)
def test_arguments_of_a_page_that_contradict_each_other_are_refused(given: dict[str, Any], field: tuple[str, ...]):
    with pytest.raises(BadUserInput) as refusal:
        page_arguments(**given)

    assert refusal.value.field == field
