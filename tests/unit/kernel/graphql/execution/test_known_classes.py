"""What is remembered of Python classes is bounded: a program may make classes in every request."""

import pytest
import strawberry

from kernel.graphql.execution import CompiledSchema, classes


@strawberry.interface
class Named:
    name: str


@strawberry.type
class Cat(Named):
    pass


@strawberry.type
class Query:
    @strawberry.field
    def cat(self) -> Cat:
        return type("Another", (Cat,), {})(name="Tom")


async def test_nothing_is_remembered_of_classes_beyond_the_bound(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(classes, "_MOST", len(classes.PLAIN))
    compiled = CompiledSchema(strawberry.Schema(Query))
    dispatch = compiled.executor._facts.dispatch  # pyright: ignore[reportPrivateUsage]

    results = [await compiled.execute("{ cat { name } }") for _ in range(3)]

    assert [result.data for result in results] == [{"cat": {"name": "Tom"}}] * 3
    assert dispatch._known == {"Cat": set()}  # pyright: ignore[reportPrivateUsage]


@strawberry.type
class Dog:
    name: str


@strawberry.type
class Kennel:
    @strawberry.field
    def dogs(self) -> list[Dog]:
        return [Dog(name="Rex")]


async def test_the_class_of_an_object_is_looked_at_once():
    compiled = CompiledSchema(strawberry.Schema(Kennel))
    assert Dog not in classes.PLAIN

    result = await compiled.execute("{ dogs { name } }")

    assert result.data == {"dogs": [{"name": "Rex"}]}
    assert Dog in classes.PLAIN
