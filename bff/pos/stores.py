"""The stores a person can enrol tills for, by the names of the places where they keep their goods."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, cast

from bff.pos.graph import Graph
from bff.session.model import Session
from kernel.ids import GlobalId
from kernel.permissions import roles_act_at

_MANAGES_TILLS: Final = "till:manage"
_LOCATIONS: Final = "query StoresOfTills { stockLocations(first: 100) { nodes { name storeId } } }"


@dataclass(frozen=True, slots=True)
class Store:
    """A store; `id` is the graph's."""

    id: str
    name: str


async def stores_of(graph: Graph, session: Session) -> list[Store]:
    """The stores of a manager, or of the whole tenant for who acts for it.

    Until the graph has stores themselves, the first location of a store gives it its name.

    Raises:
        Forbidden, Unauthenticated, Unavailable: as `Graph.ask`.
    """
    answer = await graph.ask(_LOCATIONS, {}, token=session.access_token)
    nodes = cast("list[Mapping[str, str | None]]", (answer or {}).get("nodes") or [])
    named: dict[str, str] = {}
    for node in nodes:
        if node["storeId"] is not None:
            named.setdefault(node["storeId"], node["name"] or "")
    return [Store(store_id, name) for store_id, name in named.items() if _is_of(store_id, session)]


def _is_of(store_id: str, session: Session) -> bool:
    store = GlobalId.decode(store_id, expected_type="Store").uuid
    return roles_act_at(frozenset(session.roles), session.store_ids, _MANAGES_TILLS, store)
