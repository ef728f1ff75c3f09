"""The walk: from each root over every field of the public graph, keeping the positions a query can hold there.

A query that reaches more positions can answer more, so a type already walked with a subset of the
positions reached now needs no second walk.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

from router.composition.errors import CompositionError, CompositionHint, ErrorCode, HintCode
from router.composition.satisfiability.contexts import Contexts
from router.composition.satisfiability.explanation import explain, print_path
from router.composition.satisfiability.lanes import Lane, Ways, lanes_of
from router.composition.satisfiability.positions import Position, Terrain
from router.composition.satisfiability.reach import Allowance, Positions, Reach, Resolver, TooManyQuestions
from router.composition.satisfiability.runtime_types import have_nothing_in_common, runtime_types
from router.composition.subgraph import ABSTRACT_KINDS, COMPOSITE_KINDS, ROOT_TYPES, Field
from router.composition.subgraph_set import SubgraphSet
from router.composition.supergraph import MergedComposite, MergedField, Supergraph
from router.composition.type_references import named_type

_Lanes = frozenset[Lane]
_FEW_LABELS = 4
# Comparing two sets of positions takes about a fiftieth of the time of a question.
_COMPARISONS_PER_QUESTION = 50


@dataclass(frozen=True, slots=True)
class _Stop:
    """An object on the way: where it is seen from, the path that led there, and the ways with their contexts."""

    object_name: str
    positions: Positions
    path: tuple[str, ...]
    ways: Ways


# About ten times what a graph of a hundred subgraphs with two thousand types asks.
MAX_QUESTIONS = 1_000_000


@dataclass(frozen=True, slots=True)
class Satisfiability:
    """What the walk found: errors, or remarks on a graph that has none."""

    errors: tuple[CompositionError, ...] = ()
    hints: tuple[CompositionHint, ...] = ()


def check_satisfiability(
    subgraphs: SubgraphSet, public: Supergraph, max_questions: int = MAX_QUESTIONS
) -> Satisfiability:
    """An error for each field of the public graph that some path leads to but no fetch can answer.

    Or the one error that the graph has too many ways to tell: every composer gives up on some graphs.
    """
    allowance = Allowance(max_questions)
    hints: dict[str, CompositionHint] = {}
    for active in _activations(_labels(subgraphs)):
        walk = _Walk(subgraphs, public, Reach(Terrain(subgraphs, active), allowance))
        try:
            errors = tuple(walk.errors())
        except TooManyQuestions as stop:
            (coordinate,) = stop.args
            message = (
                f"more than {max_questions} questions did not tell whether every path can be answered:"
                " types that lead to each other are shared by too many subgraphs, or required in too long circles"
            )
            code = ErrorCode.MAX_VALIDATION_SUBGRAPH_PATHS_EXCEEDED
            return Satisfiability((CompositionError(code, message, coordinate),))
        if errors:
            return Satisfiability(errors)
        hints |= walk.hints
    return Satisfiability(hints=tuple(hints[coordinate] for coordinate in sorted(hints)))


def _labels(subgraphs: SubgraphSet) -> list[str]:
    overrides = (source.field.override for _, _, sources in subgraphs.every_field() for source in sources)
    return sorted({override.label for override in overrides if override and override.label})


def _activations(labels: list[str]) -> Iterator[frozenset[str]]:
    """Which labels hold together: every combination of a few, and of many each one with and without the others."""
    if len(labels) <= _FEW_LABELS:
        for count in range(len(labels) + 1):
            yield from map(frozenset, combinations(labels, count))
        return
    everything = frozenset(labels)
    for some in (frozenset[str](), *(frozenset({label}) for label in labels)):
        yield some
        yield everything - some


class _Walk:
    def __init__(self, subgraphs: SubgraphSet, public: Supergraph, reach: Reach) -> None:
        self._subgraphs = subgraphs
        self._public = public
        self._reach = reach
        self._walked: dict[str, dict[tuple[Positions, _Lanes], None]] = {}
        self.hints: dict[str, CompositionHint] = {}
        self._compared: set[tuple[str, Positions]] = set()
        self._reported: set[tuple[str, str]] = set()

    def errors(self) -> Iterator[CompositionError]:
        queue = deque(self._roots())
        while queue:
            stop = queue.popleft()
            reached = self._reach.closure(stop.object_name, stop.positions)
            yield from self._mismatches(stop, reached)
            lanes = lanes_of(self._reach, stop.object_name, stop.ways)
            if self._is_walked(stop.object_name, reached, lanes):
                continue
            self._walked.setdefault(stop.object_name, {})[reached, lanes] = None
            yield from self._visit(stop, reached, lanes, queue)

    def _is_walked(self, object_name: str, reached: Positions, lanes: _Lanes) -> bool:
        walked = self._walked.get(object_name, {})
        if (reached, lanes) in walked:
            return True
        self._reach.allowance.spend(len(walked) // _COMPARISONS_PER_QUESTION, object_name)
        return any(
            positions <= reached and all(any(other.is_within(lane) for lane in lanes) for other in others)
            for positions, others in walked
        )

    def _roots(self) -> Iterator[_Stop]:
        for root in ROOT_TYPES:
            if root in self._public.types:
                positions = frozenset(Position(subgraph.name, root) for subgraph, _ in self._subgraphs.sources(root))
                yield _Stop(root, positions, (root.lower(),), frozenset({(Contexts(), positions)}))

    def _visit(self, stop: _Stop, reached: Positions, lanes: _Lanes, queue: deque[_Stop]) -> Iterator[CompositionError]:
        type_ = self._public.types[stop.object_name]
        if not isinstance(type_, MergedComposite):
            return
        if all(self._reach.terrain.is_untyped(position) for position in reached):
            yield from self._report(stop, "__typename", reached, is_composite=False)
        for name, field in type_.fields.items():
            found = self._reach.resolvers(stop.object_name, reached, name)
            by_lane: dict[Lane, list[Resolver]] = {}
            for lane in lanes:
                is_all = lane.positions == reached
                some = found if is_all else self._reach.resolvers(stop.object_name, lane.positions, name)
                by_lane[lane] = [resolver for resolver in some if lane.fills(resolver)]
            filled = {position for resolvers in by_lane.values() for position, _ in resolvers}
            resolvers = [one for one in found if not one[1].contextual_arguments or one[0] in filled]
            target = self._public.types.get(named_type(field.type))
            is_composite = target is not None and target.kind in COMPOSITE_KINDS
            if not resolvers:
                yield from self._report(stop, name, reached, is_composite=is_composite)
            elif is_composite:
                queue.extend(self._next_stops(stop, field, resolvers, by_lane))

    def _next_stops(
        self, stop: _Stop, field: MergedField, resolvers: list[Resolver], by_lane: Mapping[Lane, list[Resolver]]
    ) -> Iterator[_Stop]:
        by_contexts: dict[Contexts, dict[Position, Field]] = {}
        for lane, some in by_lane.items():
            for position, found in some:
                contexts = self._reach.contexts_below(stop.object_name, position, lane.contexts)
                by_contexts.setdefault(contexts, {})[position] = found
        ways: dict[str, dict[Contexts, Positions]] = {}
        for contexts, some in by_contexts.items():
            for object_name, positions in self._reach.next_objects(list(some.items())).items():
                ways.setdefault(object_name, {})[contexts] = positions
        for object_name, positions in self._reach.next_objects(resolvers).items():
            if object_name in self._public.types:
                narrowing = () if object_name == named_type(field.type) else (f"... on {object_name}",)
                path = (*stop.path, field.name, *narrowing)
                yield _Stop(object_name, positions, path, frozenset(ways.get(object_name, {}).items()))

    def _mismatches(self, stop: _Stop, reached: Positions) -> Iterator[CompositionError]:
        """Fields that are this or that, as the subgraph happens to be asked that gives them out.

        More positions mean more subgraphs to choose from, so a larger set is not decided by a smaller one here.
        """
        if (stop.object_name, reached) in self._compared:
            return
        self._compared.add((stop.object_name, reached))
        for field in self._abstract_fields(stop.object_name):
            possible = frozenset(self._public.possible_types(named_type(field.type)))
            resolvers = self._reach.resolvers(stop.object_name, reached, field.name)
            types = runtime_types(resolvers, possible, self._subgraphs)
            if len(set(types.values())) <= 1 or (stop.object_name, field.name) in self._reported:
                continue
            coordinate = f"{stop.object_name}.{field.name}"
            given = ", ".join(
                f'{" or ".join(sorted(names)) or "nothing"} in "{graph}"' for graph, names in types.items()
            )
            if have_nothing_in_common(types):
                self._reported.add((stop.object_name, field.name))
                code = ErrorCode.SHAREABLE_HAS_MISMATCHED_RUNTIME_TYPES
                message = f"the field can be {given}: what it is would depend on the subgraph that is asked"
                yield CompositionError(code, message, coordinate, tuple(types))
            else:
                hint = HintCode.INCONSISTENT_RUNTIME_TYPES_FOR_SHAREABLE_RETURN
                message = f"the field can be {given}: only what all can give should be given"
                self.hints[coordinate] = CompositionHint(hint, message, coordinate, tuple(types))

    def _abstract_fields(self, name: str) -> list[MergedField]:
        type_ = self._public.types[name]
        return [
            field
            for field in (type_.fields.values() if isinstance(type_, MergedComposite) else ())
            if (target := self._public.types.get(named_type(field.type))) and target.kind in ABSTRACT_KINDS
        ]

    def _report(
        self, stop: _Stop, field_name: str, reached: Positions, *, is_composite: bool
    ) -> Iterator[CompositionError]:
        if (stop.object_name, field_name) in self._reported:
            return
        self._reported.add((stop.object_name, field_name))
        path = print_path((*stop.path, field_name), is_composite=is_composite)
        reasons = explain(self._reach, stop.object_name, field_name, reached)
        standing = sorted({position.subgraph for position in stop.positions})
        yield CompositionError(
            ErrorCode.SATISFIABILITY_ERROR,
            "\n".join([f"this query cannot be answered: {path}", *(f"- {reason}" for reason in reasons)]),
            f"{stop.object_name}.{field_name}",
            tuple(standing),
        )
