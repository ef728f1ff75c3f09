"""Types of inventory's part of the graph. Its enums are the model's and are announced here, before any use."""

import strawberry

from subgraphs.inventory.errors import InventoryErrorCode
from subgraphs.inventory.model import LocationKind, ReservationStatus, StockMovementReason

strawberry.enum(InventoryErrorCode, description="Why inventory refused.")
strawberry.enum(LocationKind, description="What kind of place a location is.")
strawberry.enum(StockMovementReason, description="Why goods came or went.")
strawberry.enum(ReservationStatus, description="OPEN holds stock, COMMITTED has sold it, RELEASED has given it back.")
