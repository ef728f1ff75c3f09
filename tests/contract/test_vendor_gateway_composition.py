"""Another vendor's composer judges the same graphs alike, and joins them alike."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import pytest_asyncio
from graphql import parse
from graphql.language import (
    EnumTypeDefinitionNode,
    InputObjectTypeDefinitionNode,
    InterfaceTypeDefinitionNode,
    Node,
    ObjectTypeDefinitionNode,
    TypeDefinitionNode,
    print_ast,
)

from router.composition import compose
from tests.contract.vendor_gateway.node_peer import install_node_peer
from tests.unit.router.composition.documents import sources
from tests.unit.router.composition.rule_cases import EVERY_CASE
from tests.unit.router.composition.test_compose import SHOP
from tests.unit.router.composition.test_satisfiability import REACHABLE, UNREACHABLE

pytestmark = pytest.mark.node

_REFUSED = {f"{case.code} {case.name}".strip(): (case.refused, str(case.code)) for case in EVERY_CASE} | {
    name: (graph, "SATISFIABILITY_ERROR")
    for name, (graph, _, _) in UNREACHABLE.items()
    # The peer runs out of stack on this one.
    if name != "requires_in_a_circle"
}
_ACCEPTED = {f"{case.code} {case.name}".strip(): case.accepted for case in EVERY_CASE} | REACHABLE | {"shop": SHOP}


@dataclass(frozen=True, slots=True)
class _Verdict:
    codes: list[str]
    supergraph: str | None


@pytest_asyncio.fixture(scope="module")
async def verdicts() -> dict[str, _Verdict]:
    peer = await install_node_peer()
    graphs = {f"refused {name}": graph for name, (graph, _) in _REFUSED.items()}
    graphs |= {f"accepted {name}": graph for name, graph in _ACCEPTED.items()}
    question = [
        [{"name": source.name, "url": source.url, "sdl": source.sdl} for source in sources(graph)]
        for graph in graphs.values()
    ]
    answers = await peer.run("compose.cjs", question, list[_Verdict])
    return dict(zip(graphs, answers, strict=True))


@pytest.mark.parametrize("name", _REFUSED)
async def test_the_peer_refuses_what_we_refuse_and_names_the_same_rule(verdicts, name):
    assert _REFUSED[name][1] in verdicts[f"refused {name}"].codes


@pytest.mark.parametrize("name", _ACCEPTED)
async def test_the_peer_joins_what_we_accept_in_the_same_way(verdicts, name):
    verdict = verdicts[f"accepted {name}"]
    ours = compose(sources(_ACCEPTED[name])).supergraph_sdl

    assert verdict.codes == []
    assert verdict.supergraph is not None
    assert set(_facts(ours)) == set(_facts(verdict.supergraph))


def _facts(sdl: str) -> Iterator[str]:
    """What a supergraph says of each type, member by member, whatever the order."""
    for node in parse(sdl).definitions:
        if isinstance(node, TypeDefinitionNode) and not re.match("join__|link__", node.name.value):
            yield from _facts_of(node, node.name.value)


def _facts_of(node: TypeDefinitionNode, name: str) -> Iterator[str]:
    yield f"{node.kind} {name}"
    yield from _own_facts(node, name)
    if isinstance(node, EnumTypeDefinitionNode):
        for value in node.values or ():
            yield from _own_facts(value, f"{name}.{value.name.value}")
    elif isinstance(node, ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode):
        for field in node.fields or ():
            place = f"{name}.{field.name.value}"
            yield f"{place}: {print_ast(field.type)}"
            yield from _own_facts(field, place)
            yield from (f"{place}({print_ast(argument)})" for argument in field.arguments or ())
    elif isinstance(node, InputObjectTypeDefinitionNode):
        for field in node.fields or ():
            place = f"{name}.{field.name.value}"
            yield f"{place}: {print_ast(field.type)} = {field.default_value and print_ast(field.default_value)}"
            yield from _own_facts(field, place)


def _own_facts(node: Node, place: str) -> Iterator[str]:
    description = getattr(node, "description", None)
    yield f"{place} described {description.value if description else None}"
    for directive in getattr(node, "directives", None) or ():
        arguments = sorted(re.sub(r"\s+", "", print_ast(argument)) for argument in directive.arguments or ())
        yield f"{place} @{directive.name.value}({', '.join(arguments)})"
