"""One case for each rule: a graph that breaks it, what composition says, and the nearest graph that keeps it."""

from tests.unit.router.composition.rule_cases.access import ACCESS_CASES
from tests.unit.router.composition.rule_cases.accessibility import ACCESSIBILITY_CASES
from tests.unit.router.composition.rule_cases.composed_directives import COMPOSED_DIRECTIVES_CASES
from tests.unit.router.composition.rule_cases.contexts import CONTEXTS_CASES
from tests.unit.router.composition.rule_cases.costs import COSTS_CASES
from tests.unit.router.composition.rule_cases.externals import EXTERNALS_CASES
from tests.unit.router.composition.rule_cases.field_set_directives import FIELD_SET_DIRECTIVES_CASES
from tests.unit.router.composition.rule_cases.keys import KEYS_CASES
from tests.unit.router.composition.rule_cases.merging import MERGING_CASES
from tests.unit.router.composition.rule_cases.overrides import OVERRIDES_CASES
from tests.unit.router.composition.rule_cases.provides import PROVIDES_CASES
from tests.unit.router.composition.rule_cases.requires import REQUIRES_CASES
from tests.unit.router.composition.rule_cases.rule_case import RuleCase
from tests.unit.router.composition.rule_cases.sharing import SHARING_CASES

__all__ = ["EVERY_CASE", "RuleCase"]

EVERY_CASE: tuple[RuleCase, ...] = (
    *KEYS_CASES,
    *EXTERNALS_CASES,
    *REQUIRES_CASES,
    *PROVIDES_CASES,
    *OVERRIDES_CASES,
    *SHARING_CASES,
    *MERGING_CASES,
    *ACCESSIBILITY_CASES,
    *CONTEXTS_CASES,
    *COSTS_CASES,
    *FIELD_SET_DIRECTIVES_CASES,
    *ACCESS_CASES,
    *COMPOSED_DIRECTIVES_CASES,
)
