"""Relay connections over keyset pages."""

from collections.abc import Awaitable, Callable
from typing import Any, Generic, TypeVar

import strawberry

from kernel.database.paging import Page, PageArguments
from kernel.graphql.types import PageInfo

NodeT = TypeVar("NodeT")
RowT = TypeVar("RowT")


@strawberry.type(description="A node and its position in the list.")
class Edge(Generic[NodeT]):
    """One edge."""

    cursor: str = strawberry.field(description="Give it as after or before to continue here.")
    node: NodeT = strawberry.field(description="The item.")


@strawberry.type(description="One page of a list.")
class Connection(Generic[NodeT]):
    """Edges, nodes, page info and the total, each made only when asked for."""

    page: strawberry.Private[Page[Any]]
    to_node: strawberry.Private[Callable[[Any], Any]]
    count: strawberry.Private[Callable[[], Awaitable[int]] | None] = None

    @strawberry.field(description="The page's items with their cursors.")
    def edges(self) -> list[Edge[NodeT]]:
        """In the order of the list."""
        pairs = zip(self.page.nodes, self.page.cursors, strict=True)
        return [Edge(cursor=cursor, node=self.to_node(row)) for row, cursor in pairs]

    @strawberry.field(description="The page's items.")
    def nodes(self) -> list[NodeT]:
        """In the order of the list."""
        return [self.to_node(row) for row in self.page.nodes]

    @strawberry.field(description="Where the page begins and ends.")
    def page_info(self) -> PageInfo:
        """Cursors of the first and the last node."""
        page = self.page
        return PageInfo(
            has_next_page=page.has_next,
            has_previous_page=page.has_previous,
            start_cursor=page.cursors[0] if page.cursors else None,
            end_cursor=page.cursors[-1] if page.cursors else None,
        )

    @strawberry.field(description="How many items the whole list has; costs a statement of its own.")
    async def total_count(self) -> int | None:
        """Counted only when selected."""
        return await self.count() if self.count is not None else None


def page_arguments(
    *, first: int | None = None, after: str | None = None, last: int | None = None, before: str | None = None
) -> PageArguments:
    """`relation(arguments=page_arguments)`: a connection of every parent.

    Raises:
        BadUserInput: see `PageArguments.of`.
    """
    return PageArguments.of(first=first, after=after, last=last, before=before)


def connection_of(
    page: Page[RowT], to_node: Callable[[RowT], NodeT], *, count: Callable[[], Awaitable[int]] | None = None
) -> Connection[NodeT]:
    """The connection of a page."""
    return Connection(page=page, to_node=to_node, count=count)
