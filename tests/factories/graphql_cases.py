"""Random cases for executors, each had again from its number; a failing one is made small and printed whole."""

import gc
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from random import Random
from typing import Literal, TypeAlias
from warnings import catch_warnings, simplefilter

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLSchema,
    InlineFragmentNode,
    SelectionNode,
    SelectionSetNode,
    parse,
    print_ast,
)

from tests.factories.graphql_core_schemas import core_schema, core_values
from tests.factories.graphql_differences import Case, Tested, differences
from tests.factories.graphql_operations import Operation, random_operation
from tests.factories.graphql_sketches import Sketch, random_sketch
from tests.factories.graphql_values import Values
from tests.factories.strawberry_schemas import StrawberryHouse

Kind: TypeAlias = Literal["core", "strawberry"]
CASES_PER_SCHEMA = 40
#: the same operation meets other objects: compiling takes longer than executing
CASES_PER_OPERATION = 2
RATES = (0, 0.01, 0.03, 0.1)


@dataclass(slots=True)
class Neighbourhood:
    """One random schema and what draws the objects of its types."""

    sketch: Sketch
    schema: GraphQLSchema
    values: Callable[[Random, float], Values]
    is_synchronous: bool
    operations: dict[int, tuple[Operation, DocumentNode]] = field(default_factory=dict)

    @classmethod
    def of(cls, kind: Kind, seed: int) -> "Neighbourhood":
        random = Random(f"{kind} schema {seed}")
        sketch = random_sketch(random)
        if kind == "strawberry":
            house = StrawberryHouse.of(sketch, random)
            return cls(sketch, house.schema, house.values, not sketch.is_async and not house.views)
        schema = core_schema(sketch, random)
        return cls(
            sketch, schema, lambda case_random, rate: core_values(sketch, case_random, rate), not sketch.is_async
        )

    def operation(self, kind: Kind, number: int) -> tuple[Operation, DocumentNode]:
        """The operation with this number; its document is one object, by which executors know it again."""
        if number not in self.operations:
            operation = random_operation(self.sketch, Random(f"{kind} operation {number}"))
            self.operations[number] = operation, parse(operation.text)
        return self.operations[number]


def case_of(neighbourhood: Neighbourhood, kind: Kind, seed: int) -> tuple[Case, Values]:
    operation, document = neighbourhood.operation(kind, seed // CASES_PER_OPERATION)
    random = Random(f"{kind} values {seed}")
    values = neighbourhood.values(random, random.choice(RATES))
    case = Case(
        schema=neighbourhood.schema,
        document=document,
        root=values.pool["Mutation" if operation.is_mutation else "Query"][0] if random.random() < 0.97 else None,
        variables=operation.variables,
        operation_name=operation.name,
        is_mutation=operation.is_mutation,
        is_synchronous=neighbourhood.is_synchronous,
        salt=seed,
    )
    return case, values


async def first_difference(kind: Kind, seeds: range, tested_of: Callable[[GraphQLSchema], Tested]) -> str | None:
    """Run all cases of `seeds` (whole schemas); the report of the first that differs, or None."""
    with catch_warnings():
        # what graphql-core leaves unawaited is freed whenever its cycles are collected: only then, never in a case
        simplefilter("ignore", RuntimeWarning)
        gc.disable()
        # what is there already need not be looked through after every schema
        gc.freeze()
        try:
            for start in seeds[::CASES_PER_SCHEMA]:
                report = await _run_neighbourhood(kind, start, tested_of)
                gc.collect()
                if report is not None:
                    return report
        finally:
            gc.unfreeze()
            gc.enable()
    return None


async def _run_neighbourhood(kind: Kind, start: int, tested_of: Callable[[GraphQLSchema], Tested]) -> str | None:
    neighbourhood = Neighbourhood.of(kind, start // CASES_PER_SCHEMA)
    tested = tested_of(neighbourhood.schema)
    for seed in range(start, start + CASES_PER_SCHEMA):
        case, values = case_of(neighbourhood, kind, seed)
        found = await differences(case, tested)
        if found:
            small = await shrunk(case, tested)
            found = await differences(small, tested) or found
            return "\n".join((f"seed {seed} of {kind}", *_described(neighbourhood.sketch, small, values), *found))
    return None


async def shrunk(case: Case, tested: Tested) -> Case:
    """The case with as little left of its document as still differs."""
    tries = 400
    while tries > 0:
        for document in _smaller_documents(case.document):
            tries -= 1
            smaller = replace(case, document=document)
            if await _differs(smaller, tested):
                case = smaller
                break
            if tries <= 0:
                break
        else:
            break
    reread = replace(case, document=parse(print_ast(case.document)))
    return reread if await _differs(reread, tested) else case


async def _differs(case: Case, tested: Tested) -> bool:
    try:
        return bool(await differences(case, tested))
    except Exception:  # noqa: BLE001 - a document made invalid by what was left out
        return False


def _smaller_documents(document: DocumentNode) -> Iterator[DocumentNode]:
    definitions = document.definitions
    for index, each in enumerate(definitions):
        rest = (*definitions[:index], *definitions[index + 1 :])
        if len(definitions) > 1:
            yield replace(document, definitions=rest)
        selections = getattr(each, "selection_set", None)
        for smaller in _smaller_sets(selections):
            changed = replace(each, selection_set=smaller)
            yield replace(document, definitions=(*definitions[:index], changed, *definitions[index + 1 :]))


def _smaller_sets(selections: SelectionSetNode | None) -> Iterator[SelectionSetNode]:
    if selections is None:
        return
    nodes = selections.selections
    for index in range(len(nodes)):
        if len(nodes) > 1:
            yield replace(selections, selections=(*nodes[:index], *nodes[index + 1 :]))
    for index, node in enumerate(nodes):
        for smaller in _smaller_nodes(node):
            yield replace(selections, selections=(*nodes[:index], *smaller, *nodes[index + 1 :]))


def _smaller_nodes(node: SelectionNode) -> Iterator[tuple[SelectionNode, ...]]:
    if isinstance(node, InlineFragmentNode):
        yield node.selection_set.selections
    if node.directives:
        yield (replace(node, directives=()),)
    if isinstance(node, FieldNode):
        if node.alias is not None:
            yield (replace(node, alias=None),)
        arguments = node.arguments or ()
        for index in range(len(arguments)):
            yield (replace(node, arguments=(*arguments[:index], *arguments[index + 1 :])),)
    if isinstance(node, FieldNode | InlineFragmentNode):
        for smaller in _smaller_sets(node.selection_set):
            yield (replace(node, selection_set=smaller),)


def _described(sketch: Sketch, case: Case, values: Values) -> Iterator[str]:
    yield f"dispatch by {sketch.dispatch}"
    yield sketch.sdl()
    for name, fields in sketch.objects.items():
        yield f"resolvers of {name}: { {key: each.how for key, each in fields.items() if each.how != 'default'} }"
    for pooled in values.pool.values():
        for each in pooled:
            yield f"  {each!r} {dict(each) if isinstance(each, dict) else vars(getattr(each, 'row', each))}"
    yield print_ast(case.document)
    yield f"variables {case.variables}, operation {case.operation_name}, salt {case.salt}"
