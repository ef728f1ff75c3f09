"""A query plan made ready to run: for every fetch the functions that gather its entities and merge its answers."""

from collections.abc import Callable
from collections.abc import Sequence as SequenceOf
from dataclasses import dataclass
from typing import TypeAlias

from kernel.subgraph import JsonObject
from router.execution.gathering_source import GatherWriter
from router.execution.generated import Source
from router.execution.merging_source import MergeWriter
from router.execution.ownership import Ownership, keys_of
from router.execution.representations import Representations
from router.planning.nodes import Fetch, Flatten, Parallel, PlanNode, Sequence, fetches_of

#: brings what was asked for from a subgraph's object into an object of the response
Merge: TypeAlias = Callable[[JsonObject, JsonObject], None]
#: adds the objects of a response that are to be looked up
Gather: TypeAlias = Callable[[JsonObject, Representations], None]


@dataclass(frozen=True, slots=True)
class LookUp:
    """One `_entities` look-up of a fetch."""

    flatten: Flatten
    gathers: SequenceOf[Gather]
    merge: Merge


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


def compile_plan(node: PlanNode) -> Program:
    """Generate the functions a plan needs; there is as much of them as of the plan, which the planner bounds."""
    return _compile(node, Ownership(fetches_of(node)))


def _compile(node: PlanNode, ownership: Ownership) -> Program:
    if isinstance(node, Sequence | Parallel):
        return Steps([_compile(inner, ownership) for inner in node.nodes], isinstance(node, Parallel))
    source = Source()
    merging = MergeWriter(source, ownership)
    merge = merging.function(node.expected, [keys_of(node.path)])
    look_ups = [_look_up_names(flatten, source, merging) for flatten in node.flattens]
    functions = source.functions()
    return Work(
        fetch=node,
        merge=functions[merge],
        look_ups=[
            LookUp(flatten, [functions[name] for name in gathers], functions[entity_merge])
            for flatten, (gathers, entity_merge) in zip(node.flattens, look_ups, strict=True)
        ],
        source=source.text,
    )


def _look_up_names(flatten: Flatten, source: Source, merging: MergeWriter) -> tuple[SequenceOf[str], str]:
    gathers = [GatherWriter(source, entities).function() for entities in flatten.entities]
    return gathers, merging.function(flatten.expected, [keys_of(entities.path) for entities in flatten.entities])
