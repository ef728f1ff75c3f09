"""Where a subgraph says how long lists are."""

from collections.abc import Iterator
from dataclasses import dataclass

from router.composition.subgraph import CompositeType, Field, ListSize, Subgraph
from router.composition.type_references import is_list, named_type


@dataclass(frozen=True, slots=True)
class ListSizeUse:
    """One field with `@listSize`; `target` is the object or interface it returns, if it returns one."""

    coordinate: str
    field: Field
    size: ListSize
    target: CompositeType | None

    @property
    def measured_fields(self) -> tuple[Field, ...]:
        """The fields below whose lists are meant instead of the field's own."""
        names = self.size.sized_fields or ()
        return tuple(self.target.fields[name] for name in names if self.target and name in self.target.fields)


def list_size_uses(subgraph: Subgraph) -> Iterator[ListSizeUse]:
    """Every `@listSize` of the subgraph."""
    for type_ in subgraph.types.values():
        if not isinstance(type_, CompositeType):
            continue
        for field in type_.fields.values():
            if field.metadata.list_size is not None:
                target = subgraph.composite(named_type(field.type))
                yield ListSizeUse(f"{type_.name}.{field.name}", field, field.metadata.list_size, target)


def fields_without_list(use: ListSizeUse) -> Iterator[str]:
    """What has its length stated and is no list."""
    if not use.size.sized_fields and not is_list(use.field.type):
        yield use.coordinate
    for field in use.measured_fields:
        if use.target and not is_list(field.type):
            yield f"{use.target.name}.{field.name}"
