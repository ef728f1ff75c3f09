"""A query plan made ready to run: for every fetch the functions that gather its entities and merge its answers."""

from collections.abc import Callable, Iterator, Mapping
from collections.abc import Sequence as SequenceOf
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, TypeAlias

from kernel.subgraph import JsonObject, JsonValue
from router.execution.gathering_source import GatherWriter
from router.execution.generated import Source
from router.execution.merging_source import MergeWriter
from router.execution.ownership import Ownership, keys_of
from router.execution.representations import Representations, gather_objects
from router.planning.nodes import Defer, Entities, Fetch, Flatten, Parallel, PlanNode, Sequence, fetches_of

# below interfaces inside interfaces there is a path for every combination of types: no code is written for hundreds
_MAX_PATH_STEPS: Final = 400

#: brings what was asked for from a subgraph's object into an object of the response
Merge: TypeAlias = Callable[[JsonObject, JsonObject], None]
#: brings the entities of an answer into the objects each is for; those whose entity is neither an object nor null
Spread: TypeAlias = Callable[[SequenceOf[JsonValue], SequenceOf[SequenceOf[JsonObject]]], SequenceOf[JsonObject]]
#: adds the objects of a response that are to be looked up
Gather: TypeAlias = Callable[[JsonObject, Representations], None]


@dataclass(frozen=True, slots=True)
class LookUp:
    """One `_entities` look-up of a fetch."""

    flatten: Flatten
    gathers: SequenceOf[Gather]
    spread: Spread


@dataclass(frozen=True, slots=True)
class Work:
    """One fetch; `merge` is for the answer of a root operation, `source` the text of all its functions."""

    fetch: Fetch
    merge: Merge
    look_ups: SequenceOf[LookUp]
    source: str


@dataclass(frozen=True, slots=True)
class Steps:
    """Parts of a program that run one after the other, or at the same time."""

    steps: "SequenceOf[Program]"
    is_parallel: bool


Program: TypeAlias = Work | Steps


@dataclass(frozen=True, slots=True)
class Part:
    """A deferred part: its own fetches, and the numbers of those of other parts that bring some of it."""

    program: Program | None
    after: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Parts:
    """A program with deferred parts."""

    primary: Program | None
    deferred: SequenceOf[Part]


def compile_plan(node: PlanNode) -> Program:
    """Generate the functions a plan needs; there is as much of them as of the plan, which the planner bounds."""
    fetches = fetches_of(node)
    return _Compilation(Ownership(fetches), _path_steps(fetches) <= _MAX_PATH_STEPS).program(node)


def compile_parts(node: Defer) -> Parts:
    """Generate the functions of a plan with deferred parts."""
    fetches = fetches_of(node)
    compilation = _Compilation(Ownership(fetches), _path_steps(fetches) <= _MAX_PATH_STEPS)

    def program(part: PlanNode | None) -> Program | None:
        return compilation.program(part) if part is not None else None

    return Parts(program(node.primary), [Part(program(part.node), part.after) for part in node.deferred])


def works_of(program: Program | None) -> Iterator[Work]:
    """Every fetch of a program."""
    if isinstance(program, Work):
        yield program
    elif program is not None:
        for step in program.steps:
            yield from works_of(step)


def _path_steps(fetches: SequenceOf[Fetch]) -> int:
    return sum(len(entities.path) for fetch in fetches for flatten in fetch.flattens for entities in flatten.entities)


@dataclass(frozen=True, slots=True)
class _Compilation:
    ownership: Ownership
    generates_gathers: bool

    def program(self, node: PlanNode) -> Program:
        if isinstance(node, Sequence | Parallel):
            return Steps([self.program(inner) for inner in node.nodes], isinstance(node, Parallel))
        source = Source()
        merging = MergeWriter(source, self.ownership)
        merge = merging.merge(node.expected, [keys_of(node.path)])
        look_ups = [self._look_up(flatten, source, merging) for flatten in node.flattens]
        functions = source.functions()
        return Work(node, functions[merge], [look_up(functions) for look_up in look_ups], source.text)

    def _look_up(
        self, flatten: Flatten, source: Source, merging: MergeWriter
    ) -> Callable[[Mapping[str, Callable[..., Any]]], LookUp]:
        """Write the functions of a look-up; what puts them together once they are compiled."""
        names = [self._gather(entities, source) for entities in flatten.entities]
        spread = merging.spread(flatten.expected, [keys_of(entities.path) for entities in flatten.entities])
        return lambda functions: LookUp(flatten, [functions[name] for name in names], functions[spread])

    def _gather(self, entities: Entities, source: Source) -> str:
        if self.generates_gathers:
            return GatherWriter(source, entities).function()
        return source.constant(partial(gather_objects, entities), "gather")
