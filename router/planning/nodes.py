"""The query plan: immutable nodes, ready to be executed, printed or counted."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class PathStep:
    """One step into the response: a response key, the lists around the value, and the type it is taken on."""

    key: str
    list_depth: int = 0
    on_type: str | None = None
    typename_key: str | None = None


@dataclass(frozen=True, slots=True)
class KeyPart:
    """One field of a representation: `name` for the subgraph, `key` where the response holds it.

    Without a value for an `is_required` part there is no representation. A part with `on_type` holds for one type.
    A part with a `constant` is known without the response: the name of an object type.
    `nullable_items` says of a list's items, and of the items of lists in it, whether they may be null.
    """

    name: str
    key: str
    below: "tuple[KeyPart, ...]" = ()
    is_required: bool = False
    on_type: str | None = None
    typename_key: str | None = None
    is_key: bool = False
    nullable_items: tuple[bool, ...] = ()
    constant: str | None = None


@dataclass(frozen=True, slots=True)
class Expected:
    """What is read from a subgraph's answer: alias → where it goes; anything else in the answer is ignored."""

    fields: "Mapping[str, ExpectedField]"


@dataclass(frozen=True, slots=True)
class ExpectedField:
    """A value of the answer: its key in the response, whether the client sees it there, and what lies below.

    With `on_types` only objects of those types are asked for it. One that `is_type` is a `__typename`, which may be
    that of an interface object.
    """

    key: str
    is_visible: bool
    below: Expected | None
    on_types: tuple[str, ...] | None = None
    is_type: bool = False


@dataclass(frozen=True, slots=True)
class Entities:
    """Objects at one path that are looked up: which of them, and what represents each."""

    path: tuple[PathStep, ...]
    type_name: str | None
    typename_key: str | None
    entity_type: str | None
    parts: tuple[KeyPart, ...]


@dataclass(frozen=True, slots=True)
class ContextValue:
    """A variable filled from the object so many steps down an entity's path: the one value among its `parts`."""

    variable: str
    type_text: str
    depth: int
    parts: tuple[KeyPart, ...]


@dataclass(frozen=True, slots=True)
class Flatten:
    """One `_entities` look-up of a fetch: representations gathered from the response, answers spread back into it.

    With a `condition` nothing is looked up unless that variable is true.
    """

    alias: str
    variable: str
    entities: tuple[Entities, ...]
    expected: Expected
    text: str
    condition: str | None = None


@dataclass(frozen=True, slots=True)
class Fetch:
    """One request to one subgraph: a root operation, or one or several entity look-ups (`flattens`).

    `path` is where the answer of a root operation goes, usually the top. In a plan with deferred parts
    every fetch has a `number`; `after` are the numbers of those in other parts that must come first.
    With `contexts` it is one request for every combination of their values, with a `condition` none unless that
    variable is true.
    """

    subgraph: str
    kind: str
    operation: str
    variables: tuple[str, ...]
    expected: Expected
    flattens: tuple[Flatten, ...] = ()
    path: tuple[PathStep, ...] = ()
    number: int | None = None
    after: tuple[int, ...] = ()
    contexts: tuple[ContextValue, ...] = ()
    condition: str | None = None


@dataclass(frozen=True, slots=True)
class Sequence:
    """Nodes that run one after the other."""

    nodes: "tuple[PlanNode, ...]"


@dataclass(frozen=True, slots=True)
class Parallel:
    """Nodes that run at the same time."""

    nodes: "tuple[PlanNode, ...]"


PlanNode: TypeAlias = Fetch | Sequence | Parallel


@dataclass(frozen=True, slots=True)
class Deferred:
    """What comes later for the deferred fragments at `path`; without a node the fetches `after` bring it along.

    Several labels stand for fields that several fragments share.
    """

    path: tuple[PathStep, ...]
    labels: tuple[str | None, ...]
    after: tuple[int, ...]
    node: PlanNode | None


@dataclass(frozen=True, slots=True)
class Defer:
    """What the client gets first, and what it gets later; fetches start as soon as those they wait for are done."""

    primary: PlanNode | None
    deferred: tuple[Deferred, ...]


def fetches_of(node: PlanNode | Defer | None) -> tuple[Fetch, ...]:
    """Every fetch of a plan, in order."""
    if node is None:
        return ()
    if isinstance(node, Defer):
        parts = (part.node for part in node.deferred)
        return (*fetches_of(node.primary), *(fetch for part in parts for fetch in fetches_of(part)))
    if isinstance(node, Fetch):
        return (node,)
    return tuple(fetch for inner in node.nodes for fetch in fetches_of(inner))
