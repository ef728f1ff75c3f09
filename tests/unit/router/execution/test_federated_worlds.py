"""Random federated graphs answer random operations as one schema over the same world does.

`RETAILFLOW_FUZZ_GRAPHS` graphs with 25 operations each, from the graph numbered `RETAILFLOW_FUZZ_SEED` on.
"""

import os
from random import Random
from typing import Any

import pytest

from tests.factories.federated.case import federated
from tests.factories.federated.trials import Trial, deferred, down, failing, nonsense, omitting, sound, useful

_GRAPHS = int(os.environ.get("RETAILFLOW_FUZZ_GRAPHS", os.environ.get("RETAILFLOW_FUZZ_EXAMPLES", "100")))
_FIRST = int(os.environ.get("RETAILFLOW_FUZZ_SEED", "0"))
_OPERATIONS = 25
_CHUNK = 10


def _chunks(*, after: float, share: float) -> Any:
    """The graphs of this share that come after that share of them, in parts that fail one by one."""
    start = _FIRST + round(_GRAPHS * after)
    end = start + max(1, round(_GRAPHS * share))
    parts = [range(first, min(first + _CHUNK, end)) for first in range(start, end, _CHUNK)]
    return pytest.mark.parametrize("numbers", parts, ids=str)


def _found(trial: Trial, numbers: range) -> str:
    """What is wrong with the answers, one paragraph for each."""
    found: list[str] = []
    for number in numbers:
        graph = federated(number)
        for index, query in enumerate(graph.operations(Random(f"{number} {trial.__name__}"), _OPERATIONS)):
            wrong = trial(graph, query, Random(f"{number} {trial.__name__} {index}"))
            found.extend(f"graph {number}, operation {index}: {what}\n{query}" for what in wrong[:1])
    return "\n\n".join(found)


@_chunks(after=0.0, share=0.4)
def test_operations_are_answered_as_by_one_schema(numbers):
    assert _found(sound, numbers) == ""


@_chunks(after=0.4, share=0.15)
def test_the_parts_of_an_answer_are_together_that_of_one_schema(numbers):
    assert _found(deferred, numbers) == ""


@_chunks(after=0.55, share=0.2)
def test_failing_fields_are_null_as_in_one_schema(numbers):
    assert _found(failing, numbers) == ""


@_chunks(after=0.75, share=0.15)
def test_without_a_subgraph_what_others_answer_is_intact(numbers):
    assert _found(down, numbers) == ""


@_chunks(after=0.9, share=0.1)
def test_nonsense_from_subgraphs_is_contained(numbers):
    assert _found(nonsense, numbers) == ""


@_chunks(after=1.1, share=0.1)
def test_what_subgraphs_leave_out_is_told_of_them_and_of_no_other(numbers):
    assert _found(omitting, numbers) == ""


@_chunks(after=1.0, share=0.1)
def test_every_look_up_brings_something(numbers):
    assert _found(useful, numbers) == ""
