"""How long planning takes, cold: a fresh planner, the document already parsed; percentiles over operations.

usage: python -m bench.router.planning [--operations N] [--seed S]
The operations of our own product, the deep operation of the gateways' benchmark, and random operations on a generated
graph of 100 subgraphs and 2,000 types. Times are CPU time; every operation is planned three times, the fastest counts.
"""

import argparse
import cProfile
import pstats
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from graphql import DocumentNode, OperationDefinitionNode, parse

from bench.router.library import OPERATIONS, SUBGRAPHS, subgraph_sdl
from router.composition import SubgraphSource, compose
from router.pipeline.plan import condition_variables
from router.planning.planner import Planner, QueryPlan, read_operation
from router.planning.selections import read_field_set
from router.planning.supergraph import FieldJoin, Subgraph, Supergraph, SupergraphField, SupergraphType, TypeKind
from router.planning.supergraph_reader import parse_supergraph, read_supergraph

ROOT: Final = Path(__file__).parents[2]
SUBGRAPH_COUNT, TYPE_COUNT = 100, 2_000


@dataclass(frozen=True, slots=True)
class Workload:
    """Operations on one supergraph."""

    name: str
    supergraph: Supergraph
    documents: Sequence[DocumentNode]


@dataclass(frozen=True, slots=True)
class Timed:
    """One operation's plan and the milliseconds it took."""

    milliseconds: float
    plan: QueryPlan


def own_graph() -> Workload:
    """The published supergraph and the operations kept with it."""
    supergraph = read_supergraph(parse_supergraph((ROOT / "schema/supergraph.graphql").read_text()))
    files = sorted((ROOT / "schema/operations").rglob("*.graphql"))
    return Workload("our own graph", supergraph, [parse(file.read_text(), no_location=True) for file in files])


def deep_operation() -> Workload:
    """The deep operation of the gateways' benchmark: four subgraphs."""
    sources = [SubgraphSource(name, f"http://{name}.invalid", subgraph_sdl(name)) for name in SUBGRAPHS]
    supergraph = read_supergraph(parse_supergraph(compose(sources).supergraph_sdl))
    return Workload("deep operation", supergraph, [parse(str(OPERATIONS["deep"]["query"]), no_location=True)])


class Generated:
    """A large random graph: every type is an entity in one to four subgraphs and refers to others."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        self._subgraphs = [f"s{index}" for index in range(SUBGRAPH_COUNT)]
        self._homes = {
            f"T{index}": self._chance.sample(self._subgraphs, self._chance.randint(1, 4)) for index in range(TYPE_COUNT)
        }
        references = {name: self._references(homes[:]) for name, homes in self._homes.items()}
        types = {name: self._entity(name, found) for name, found in references.items()}
        roots = [self._field(f"q{index}", f"T{index}", self._homes[f"T{index}"][:1]) for index in range(200)]
        types["Query"] = _object("Query", roots, {})
        self.supergraph = Supergraph(types, [Subgraph(name, "") for name in self._subgraphs], {"query": "Query"})

    def _references(self, homes: Sequence[str]) -> list[tuple[str, str]]:
        """Where three fields that refer to other types live, and the types, which those subgraphs then know, too."""
        found: list[tuple[str, str]] = []
        for _ in range(3):
            home, name = self._chance.choice(homes), f"T{self._chance.randrange(TYPE_COUNT)}"
            if home not in self._homes[name]:
                self._homes[name].append(home)
            found.append((home, name))
        return found

    def _entity(self, name: str, references: Sequence[tuple[str, str]]) -> SupergraphType:
        homes = self._homes[name]
        fields = [self._field("id", "ID", homes)]
        fields += [self._field(f"x{index}", "Int", self._some(homes)) for index in range(8)]
        fields += [self._field(f"o{index}", target, [home]) for index, (home, target) in enumerate(references)]
        return _object(name, fields, dict.fromkeys(homes, "id"))

    def _some(self, homes: Sequence[str]) -> Sequence[str]:
        return self._chance.sample(homes, 2 if len(homes) > 2 and self._chance.random() < 0.2 else 1)

    def _field(self, name: str, type_name: str, homes: Sequence[str]) -> SupergraphField:
        join = FieldJoin(is_external=False, requires=None, provides=None, type_text=type_name)
        return SupergraphField(name, type_name, type_name, dict.fromkeys(homes, join))

    def operations(self, count: int) -> Workload:
        """Random operations, four to six levels deep."""
        documents = [parse(f"{{ {self._root()} {self._root()} }}", no_location=True) for _ in range(count)]
        return Workload(f"{SUBGRAPH_COUNT} subgraphs, {TYPE_COUNT} types", self.supergraph, documents)

    def _root(self) -> str:
        index = self._chance.randrange(200)
        return f"q{index} {{ {self._asked(f'T{index}', self._chance.randint(3, 5))} }}"

    def _asked(self, type_name: str, depth: int) -> str:
        parts = [f"x{index}" for index in self._chance.sample(range(8), 3)]
        for index in self._chance.sample(range(3), self._chance.randint(1, 2)) if depth else ():
            below = self.supergraph.field(type_name, f"o{index}").type_name
            parts.append(f"o{index} {{ {self._asked(below, depth - 1)} }}")
        return " ".join(parts)


def _object(name: str, fields: Sequence[SupergraphField], keys: dict[str, str]) -> SupergraphType:
    nothing: frozenset[str] = frozenset()
    read = {home: (read_field_set(key),) for home, key in keys.items()}
    homes = frozenset(home for field in fields for home in field.joins)
    by_name = {field.name: field for field in fields}
    return SupergraphType(name, TypeKind.OBJECT, by_name, homes, read, nothing, nothing, {}, {})


def planned(supergraph: Supergraph, document: DocumentNode, node: OperationDefinitionNode) -> Timed:
    """One cold planning."""
    conditions = dict.fromkeys(condition_variables(document, node), True)
    began = time.thread_time()
    plan = Planner(supergraph).plan(read_operation(document, node, supergraph, conditions))
    return Timed((time.thread_time() - began) * 1_000, plan)


def measure(workload: Workload) -> list[Timed]:
    """All operations of a workload."""
    found: list[Timed] = []
    for document in workload.documents:
        for node in document.definitions:
            if isinstance(node, OperationDefinitionNode):
                rounds = [planned(workload.supergraph, document, node) for _ in range(3)]
                found.append(min(rounds, key=lambda timed: timed.milliseconds))
    return found


def report(workload: Workload, timed: list[Timed]) -> None:
    times = sorted(one.milliseconds for one in timed)
    requests = sorted(one.plan.cost.requests for one in timed)
    degraded = sum(one.plan.is_degraded for one in timed)
    print(
        f"{workload.name}: {len(times)} operations, p50 {_percentile(times, 50):.2f} ms, p99 "
        f"{_percentile(times, 99):.2f} ms, worst {times[-1]:.2f} ms; requests p50 {_percentile(requests, 50)}, "
        f"worst {requests[-1]}; candidates worst {max(one.plan.candidates for one in timed)}; degraded {degraded}"
    )


def _percentile(values: Sequence[float], percent: int) -> float:
    return values[min(len(values) - 1, len(values) * percent // 100)]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--operations", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--profile", action="store_true", help="print what dominates on the generated graph")
    options = parser.parse_args()
    generated = Generated(options.seed).operations(options.operations)
    for workload in (own_graph(), deep_operation(), generated):
        report(workload, measure(workload))
    if options.profile:
        with cProfile.Profile() as profile:
            measure(generated)
        pstats.Stats(profile).sort_stats("tottime").print_stats(20)


if __name__ == "__main__":
    main()
