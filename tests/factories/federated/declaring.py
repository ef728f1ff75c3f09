"""What the drawing of a random graph's parts needs of the whole."""

from typing import Protocol

from tests.factories.federated.model import FieldModel, GraphModel, TypeModel


class Declaring(Protocol):
    """A graph being drawn."""

    graph: GraphModel

    def some(self, items: list[str], least: int = 1) -> list[str]:
        """At least so many of the items."""
        ...

    def ensure(self, subgraph: str, type_name: str) -> None:
        """See that the subgraph declares the type."""
        ...

    def declare_members(self, subgraph: str, model: TypeModel, members: list[str]) -> None:
        """See that the subgraph declares the interface or union with these members."""
        ...

    def key_field(self, model: TypeModel, name: str) -> FieldModel:
        """A type's field that is a key or a part of one."""
        ...

    def field(self, owners: list[str], *, leaf_share: float) -> FieldModel | None:
        """A random field; None where its type cannot be declared by all owners."""
        ...
