"""Reading what directives say: their literal arguments as Python values."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from graphql.language import (
    BooleanValueNode,
    ConstDirectiveNode,
    EnumValueNode,
    IntValueNode,
    ListValueNode,
    StringValueNode,
    ValueNode,
    print_ast,
)

from router.composition.federation_specification import BUILT_IN_DIRECTIVES
from router.composition.field_sets import FieldSet, parse_field_set
from router.composition.links import LinkedNames
from router.composition.subgraph import ComposedApplication


@dataclass(frozen=True, slots=True)
class Application:
    """One directive applied to an element, under its canonical name, in a subgraph of Federation 1 or 2."""

    name: str
    arguments: Mapping[str, ValueNode]
    is_version_one: bool = False

    def text(self, name: str) -> str | None:
        """The string argument of that name, or None."""
        node = self.arguments.get(name)
        return node.value if isinstance(node, StringValueNode) else None

    def integer(self, name: str) -> int | None:
        """The integer argument of that name, or None."""
        node = self.arguments.get(name)
        return int(node.value) if isinstance(node, IntValueNode) else None

    def flag(self, name: str, *, default: bool) -> bool:
        """The boolean argument of that name."""
        node = self.arguments.get(name)
        return node.value if isinstance(node, BooleanValueNode) else default

    def texts(self, name: str) -> tuple[str, ...] | None:
        """The list of strings of that name, or None; a single string counts as a list of one."""
        node = self.arguments.get(name)
        return tuple(_strings(node)) if node else None

    def alternatives(self, name: str) -> tuple[tuple[str, ...], ...]:
        """The list of lists of strings of that name; what lacks brackets counts as a list of one."""
        node = self.arguments.get(name)
        if node is None:
            return ()
        return tuple(tuple(_strings(item)) for item in (node.values if isinstance(node, ListValueNode) else (node,)))

    def field_set(self) -> FieldSet:
        """The argument `fields`; in Federation 1 it may be a list of strings, or lack its quotes."""
        node = self.arguments.get("fields")
        if isinstance(node, StringValueNode):
            return parse_field_set(node.value)
        if self.is_version_one and isinstance(node, EnumValueNode):
            return parse_field_set(node.value)
        if self.is_version_one and isinstance(node, ListValueNode) and len(list(_strings(node))) == len(node.values):
            return parse_field_set(" ".join(_strings(node)))
        return FieldSet(print_ast(node) if node else "", is_string=False, problem="the argument is not a string")


def _strings(node: ValueNode) -> Iterator[str]:
    for item in node.values if isinstance(node, ListValueNode) else (node,):
        if isinstance(item, StringValueNode):
            yield item.value


def _canonical(name: str, names: LinkedNames) -> str | None:
    """What federation or GraphQL calls the directive; None for one of the subgraph's own, whatever its name."""
    return name if name in BUILT_IN_DIRECTIVES else names.directives.get(name)


class Applications:
    """The directives of one element, by canonical name; `composed` are those of the subgraph's own."""

    def __init__(self, nodes: Sequence[ConstDirectiveNode] | None, names: LinkedNames) -> None:
        self._applied = [
            Application(
                canonical,
                {argument.name.value: argument.value for argument in node.arguments or ()},
                is_version_one=names.minor is None,
            )
            for node in nodes or ()
            if (canonical := _canonical(node.name.value, names))
        ]
        self.composed = tuple(
            dict.fromkeys(
                ComposedApplication(node.name.value, print_ast(node), names.composed[f"@{node.name.value}"])
                for node in nodes or ()
                if f"@{node.name.value}" in names.composed
            )
        )

    def has(self, name: str) -> bool:
        """Whether the directive is applied."""
        return any(application.name == name for application in self._applied)

    def first(self, name: str) -> Application | None:
        """The first application of the directive."""
        return next(iter(self.every(name)), None)

    def every(self, name: str) -> list[Application]:
        """Every application of the directive, as written."""
        return [application for application in self._applied if application.name == name]
