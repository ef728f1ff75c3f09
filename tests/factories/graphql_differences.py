"""Executes one case twice, by graphql-core and by the executor under test, and tells where the answers differ."""

import asyncio
import inspect
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any, Protocol, TypeAlias
from warnings import catch_warnings, simplefilter

from graphql import (
    ConstDirectiveNode,
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    NameNode,
    OperationDefinitionNode,
    execute,
)

from tests.factories.graphql_core_schemas import Journal
from tests.factories.strawberry_rooms import UNREAD

Path: TypeAlias = tuple[str | int, ...]
Call: TypeAlias = tuple[Path, str]


@dataclass(frozen=True, slots=True)
class Case:
    """Everything that an execution depends on."""

    schema: GraphQLSchema
    document: DocumentNode
    root: object
    variables: dict[str, object]
    operation_name: str | None
    is_mutation: bool
    #: no resolver, value or relation of the schema is ever awaited: then order must be the same, too
    is_synchronous: bool
    salt: int


class Answer(Protocol):
    """The result of graphql-core or of Strawberry, or an awaitable of it."""

    data: Any
    errors: Any


class Tested(Protocol):
    """The executor under test, for the schema of the cases."""

    def prepared(self, case: Case) -> Case: ...

    def expected(self, case: Case, journal: Journal) -> Answer: ...

    async def execute(self, case: Case, journal: Journal) -> Answer: ...

    def leaves_to_graphql_core(self, case: Case) -> bool: ...


@dataclass(frozen=True, slots=True)
class Failure:
    """An error of a response, as far as a client or a server's log can tell."""

    path: Path | None
    message: str
    locations: tuple[tuple[int, int], ...]
    original: str
    extensions: str

    @classmethod
    def of(cls, error: GraphQLError) -> "Failure":
        return cls(
            tuple(error.path) if error.path is not None else None,
            error.message,
            tuple((location.line, location.column) for location in error.locations or ()),
            type(error.original_error).__name__,
            repr(error.extensions),
        )


@dataclass(frozen=True, slots=True)
class Outcome:
    """`written` is the data's repr: it tells order of keys, 1 from True and 0.0 from -0.0."""

    data: Any
    written: str
    #: relation, key, arguments of everything that was loaded, however many calls it took
    loads: set[tuple[str, object, object]]
    failures: list[Failure]
    calls: list[Call]
    warnings: list[str]

    @classmethod
    async def of(cls, answer: Callable[[Journal], Any], salt: int) -> "Outcome":
        """Ask, await what is to be awaited, and let what runs on in the background finish."""
        journal = Journal([], salt)
        before = asyncio.all_tasks()
        with catch_warnings(record=True) as warned:
            simplefilter("always")
            result = answer(journal)
            if inspect.isawaitable(result):
                result = await result
            await _settled(before)
            failures = [Failure.of(error) for error in result.errors or ()]
            outcome = cls(result.data, repr(result.data), journal.loads, failures, journal.calls, [])
            _forget_frames(result.errors or ())
            del result
        outcome.warnings.extend(str(each.message) for each in warned)
        return outcome


def _forget_frames(errors: Iterable[GraphQLError]) -> None:
    """Exceptions that are values live on, and with them all that their frames hold."""
    for error in errors:
        for each in (error, error.original_error):
            if each is not None:
                each.__traceback__ = None


async def differences(case: Case, tested: Tested) -> list[str]:
    """What differs, in words; nothing when both agree."""
    case = tested.prepared(case)
    expected = await Outcome.of(lambda journal: tested.expected(case, journal), case.salt)
    got = await Outcome.of(lambda journal: tested.execute(case, journal), case.salt)
    for _ in range(2 if got.warnings else 0):
        # exceptions among the values may have held what graphql-core left unawaited: only what recurs counts
        got = await Outcome.of(lambda journal: tested.execute(case, journal), case.salt)
    if tested.leaves_to_graphql_core(case):
        # which leaves coroutines unawaited when it cancels siblings
        got.warnings.clear()
    return await compare(case, expected, got)


async def expected_outcome(case: Case) -> Outcome:
    """What graphql-core answers."""
    return await Outcome.of(lambda journal: by_graphql_core(case, journal), case.salt)


def by_graphql_core(case: Case, journal: Journal) -> Any:
    return execute(
        case.schema,
        case.document,
        case.root,
        journal,
        variable_values=case.variables,
        operation_name=case.operation_name,
    )


async def _settled(before: set[asyncio.Task[Any]]) -> None:
    """Let what was begun since `before` finish, so that nothing leaks into the next case."""
    while begun := asyncio.all_tasks() - before:
        await asyncio.wait(begun)


async def compare(case: Case, expected: Outcome, got: Outcome) -> list[str]:
    found = [f"warning: {each}" for each in got.warnings]
    found += [f"column: {each.message}" for each in (*expected.failures, *got.failures) if UNREAD in each.message]
    if expected.written != got.written:
        found.append(f"data\n  expected {expected.written}\n  got      {got.written}")
    if case.is_synchronous:
        found += _exact("errors", expected.failures, got.failures)
        found += _exact("calls", expected.calls, got.calls)
        return found
    freed = nulled_positions(expected)
    if freed != nulled_positions(got):
        found.append(f"nulled positions\n  expected {sorted(freed, key=str)}\n  got {nulled_positions(got)}")
    if not freed and expected.loads != got.loads:
        found.append(f"loads\n  expected {expected.loads}\n  got {got.loads}")
    found += _same_elements("errors", _outside(freed, expected.failures), _outside(freed, got.failures))
    found += await _possible(case, _inside(freed, got.failures))
    expected_calls, calls = _called_outside(freed, expected.calls), _called_outside(freed, got.calls)
    found += _same_elements("calls", expected_calls, calls)
    if case.is_mutation:
        found += _exact("order of root fields", _root_order(expected_calls), _root_order(calls))
        found += _exact("calls of root fields", _root_calls(expected.calls), _root_calls(got.calls))
    return found


def nulled_positions(outcome: Outcome) -> frozenset[Path]:
    """Where null stands for an error further below.

    This is what the specification leaves open, and all of it: when siblings run concurrently and several of them fail
    below one position that becomes null, it is a matter of timing which of their errors are reported (one at least)
    and how far the others come. Everywhere else errors and calls must be the same, each as often. See `_possible`
    for what is still demanded of the errors below such a position.
    """
    positions: set[Path] = set()
    for failure in outcome.failures:
        position = _null_on_the_way(outcome.data, failure.path or ())
        if position is not None and position != failure.path:
            positions.add(position)
    return frozenset(positions)


async def _possible(case: Case, failures: Sequence[Failure]) -> list[str]:
    """Each error below a nulled position is one that occurs when nothing stops execution short."""
    if not failures:
        return []
    everything = await expected_outcome(replace(case, document=_without_propagation(case.document)))
    impossible = [failure for failure in failures if failure not in everything.failures]
    return [f"errors that cannot be\n  got {impossible}\n  possible {everything.failures}"] if impossible else []


def _root_order(calls: Iterable[Call]) -> list[str | int]:
    """Root fields of a mutation, a key again wherever calls of another root field came between."""
    return [key for key, _ in groupby(path[0] for path, _ in calls)]


def _root_calls(calls: Iterable[Call]) -> list[str | int]:
    """Root fields as they began, also where everything is null; what runs on below an error may come later."""
    return [path[0] for path, _ in calls if len(path) == 1]


def _null_on_the_way(data: Any, path: Path) -> Path | None:
    for depth, key in enumerate(path):
        if data is None:
            return path[:depth]
        data = data[key]
    return path if data is None else None


def _outside(freed: frozenset[Path], failures: Iterable[Failure]) -> list[Failure]:
    return [failure for failure in failures if not _below(freed, failure.path or ())]


def _inside(freed: frozenset[Path], failures: Iterable[Failure]) -> list[Failure]:
    return [failure for failure in failures if _below(freed, failure.path or ())]


def _called_outside(freed: frozenset[Path], calls: Iterable[Call]) -> list[Call]:
    return [call for call in calls if not _below(freed, call[0])]


def _below(freed: frozenset[Path], path: Path) -> bool:
    return bool(freed) and any(path[:depth] in freed for depth in range(len(path)))


def _exact(what: str, expected: Sequence[object], got: Sequence[object]) -> list[str]:
    if list(expected) == list(got):
        return []
    return [f"{what}\n  expected {_lines(expected)}\n  got      {_lines(got)}"]


def _same_elements(what: str, expected: Sequence[Any], got: Sequence[Any]) -> list[str]:
    missing, surplus = Counter(expected) - Counter(got), Counter(got) - Counter(expected)
    if not missing and not surplus:
        return []
    return [f"{what}\n  missing {_lines(missing.elements())}\n  surplus {_lines(surplus.elements())}"]


def _lines(things: Iterable[object]) -> str:
    return "".join(f"\n    {thing}" for thing in things) or "none"


def _without_propagation(document: DocumentNode) -> DocumentNode:
    directive = ConstDirectiveNode(name=NameNode(value="experimental_disableErrorPropagation"), arguments=())
    definitions = tuple(
        replace(each, directives=(*(each.directives or ()), directive))
        if isinstance(each, OperationDefinitionNode)
        else each
        for each in document.definitions
    )
    return replace(document, definitions=definitions)
