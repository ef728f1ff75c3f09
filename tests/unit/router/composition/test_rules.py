from pathlib import Path

import pytest

from router.composition import CompositionFailed, ErrorCode, compose
from router.composition import rules as rules_package
from tests.unit.router.composition.documents import sources
from tests.unit.router.composition.rule_cases import EVERY_CASE, RuleCase


def _identity(case: RuleCase) -> str:
    return f"{case.code}-{case.name}" if case.name else str(case.code)


@pytest.mark.parametrize("case", EVERY_CASE, ids=_identity)
def test_a_graph_that_breaks_a_rule_is_refused_with_its_code_place_and_subgraphs(case: RuleCase):
    with pytest.raises(CompositionFailed) as failure:
        compose(sources(case.refused))

    found = [(error.code, error.coordinate, error.subgraphs) for error in failure.value.errors]
    assert found == [(case.code, case.coordinate, case.subgraphs)]


@pytest.mark.parametrize("case", EVERY_CASE, ids=_identity)
def test_the_nearest_graph_that_keeps_the_rule_composes(case: RuleCase):
    composition = compose(sources(case.accepted))

    for name in case.accepted:
        assert f'@join__graph(name: "{name}"' in composition.supergraph_sdl


def test_every_rule_has_a_case():
    folder = Path(str(rules_package.__file__)).parent
    rules = {path.stem.upper() for path in folder.glob("*.py") if path.stem != "__init__"}

    # These two refuse before or after what a case can show; their own tests stand in test_compose.
    shown_elsewhere = {ErrorCode.INVALID_SUBGRAPH_NAME, ErrorCode.INVALID_GRAPHQL}
    assert rules - {case.code for case in EVERY_CASE} == {str(code) for code in shown_elsewhere}
