"""What a random world must be like for one schema to answer as its subgraphs do together."""

from random import Random

import pytest

from tests.factories.federated.case import federated
from tests.factories.federated.model import Contextual, FieldModel, GraphModel, Kind, Part, Role, TypeModel
from tests.factories.federated.trials import failing
from tests.factories.federated.world import Thing, World

_OWN = Role(Part.OWN)


def _graph(*types: TypeModel) -> GraphModel:
    return GraphModel(0, ["s0", "s1"], {item.name: item for item in types})


def test_a_sketch_has_something_every_owner_of_a_field_can_answer_with():
    union = TypeModel("U", Kind.UNION, members={"s0": ["A"], "s1": ["B"]})
    query = TypeModel("Query", Kind.VALUE, {"u": FieldModel("u", "U", roles={"s0": _OWN, "s1": _OWN})})

    assert not _graph(query, union).is_whole


def test_what_a_subgraph_provides_are_objects_it_knows():
    entity = TypeModel("E", Kind.ENTITY, absent={"s1": {1, 3}})
    provided = FieldModel("e", "E", roles={"s0": _OWN, "s1": Role(Part.EXTERNAL)}, is_provided=True)

    assert World(_graph(entity)).pool(provided) == [Thing("E", 0), Thing("E", 2)]


@pytest.mark.parametrize("number", [349, 4000013])
def test_a_graph_where_some_entity_has_no_field_for_a_context_is_drawn(number):
    assert federated(number).graph.seed == number


def test_fields_with_requirements_or_contexts_require_what_nobody_asked_for():
    required = FieldModel("required", "Int", roles={"s0": Role(Part.OWN, requires="plain")})
    contextual = FieldModel("contextual", "Int", contextual=Contextual("Int", "above", {"E": "plain"}))
    fields = {item.name: item for item in (required, contextual, FieldModel("plain", "Int"))}

    assert _graph(TypeModel("E", Kind.ENTITY, fields)).requiring_fields == {"required", "contextual"}


@pytest.mark.parametrize(("number", "index"), [(4000175, 10), (3000214, 15)], ids=["a context", "a requirement"])
def test_a_requirement_may_fail_though_the_field_that_needs_it_is_never_reached(number, index):
    graph = federated(number)
    query = [*graph.operations(Random(f"{number} failing"), 20)][index]

    assert failing(graph, query, Random(f"{number} failing {index}")) == []
