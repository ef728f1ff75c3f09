"""What compiling an operation gives: a plan of Python functions, or the reason why there is none."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from kernel.graphql.execution.deferred import DeferredSite
    from kernel.graphql.execution.runtime import PathNode, Run

#: completes an object: (run, source object, path) → the result's dict
Select: TypeAlias = "Callable[[Run, Any, PathNode], dict[str, Any]]"


def not_generated(_run: "Run", _value: object, _path: "PathNode") -> Any:
    """Stands where a generated function belongs until the whole text of a plan is compiled."""
    raise RuntimeError("a plan is executed only when it is complete")


@dataclass(frozen=True, slots=True)
class CompileLimits:
    """Beyond these an operation is left to graphql-core.

    Attributes:
        fields: fields of one plan, each counted at every object type and place where it is selected.
        selections: what is looked at to find these fields: selections times the object types they are tried on.
        characters: the generated text; Python compiles about 100,000 in 25 ms.
        depth: objects inside each other.
        specialisations: plans of one operation, which differ by the variables of `@skip` and `@include`.
    """

    fields: int = 1_000
    selections: int = 20_000
    characters: int = 70_000
    depth: int = 48
    specialisations: int = 16


@dataclass(frozen=True, slots=True)
class Fallback:
    """The operation is executed by graphql-core; `reason` is a short constant, `detail` for a person."""

    reason: str
    detail: str = ""


@dataclass(slots=True)
class Statistics:
    """What an executor has done since it was made. `fallbacks` counts operations by reason."""

    compiled: int = 0
    hits: int = 0
    fallbacks: Counter[str] = field(default_factory=Counter[str])


@dataclass(frozen=True, slots=True)
class Plan:
    """A compiled operation.

    Attributes:
        source: the generated text.
        roots: for a query one function for all root fields, for a mutation one for each, run in turn.
        deferred: fields that are awaited or read in batches; generated code queues by their index.
        arguments: how many fields have arguments that are made per operation.
    """

    source: str
    roots: Sequence[Select]
    deferred: Sequence["DeferredSite"]
    arguments: int
