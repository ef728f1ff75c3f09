"""One plan for all values of an operation's conditions answers as one schema does."""

from random import Random

import pytest

from tests.factories.federated.case import federated
from tests.factories.federated.trials import Trial, deferred, sound


@pytest.mark.parametrize("trial", [sound, deferred])
@pytest.mark.parametrize("number", range(600, 606))
def test_operations_are_answered_by_a_plan_for_all_conditions(trial: Trial, number: int):
    graph = federated(number, condition_plans=0)
    operations = [query for query in graph.operations(Random(number), 40) if "(if: $" in query]

    wrong = [(query, trial(graph, query, Random(query))) for query in operations]

    assert [(query, what) for query, what in wrong if what] == []
    assert operations
