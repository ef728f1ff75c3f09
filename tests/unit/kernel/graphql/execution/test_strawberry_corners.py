"""What Strawberry offers beside plain fields works the same when operations are compiled."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, ClassVar, Generic, TypeVar
from uuid import UUID

import pytest
import strawberry
from strawberry.extensions import FieldExtension
from strawberry.permission import BasePermission, PermissionExtension
from strawberry.schema.config import StrawberryConfig
from strawberry.types.execution import ExecutionResult
from strawberry.types.field import StrawberryField

from kernel.graphql.execution import CompiledSchema
from tests.factories.graphql_differences import Failure

NodeT = TypeVar("NodeT")


async def answer_of_both(
    schema: strawberry.Schema, text: str, variables: dict[str, Any] | None = None, root: object = None
) -> ExecutionResult:
    """The compiled answer, after checking that it is Strawberry's."""
    compiled = CompiledSchema(schema)

    expected = await schema.execute(text, variables, {"name": "context"}, root)
    got = await compiled.execute(text, variables, {"name": "context"}, root)

    assert repr(got.data) == repr(expected.data)
    assert list(map(Failure.of, got.errors or ())) == list(map(Failure.of, expected.errors or ()))
    assert (compiled.statistics.compiled, dict(compiled.statistics.fallbacks)) == (1, {})
    return got


@strawberry.enum
class Size(Enum):
    SMALL = "s"
    LARGE = ["unhashable"]  # noqa: RUF012 - a value of the enum
    OLD = strawberry.enum_value(3, name="ANCIENT")


@strawberry.interface
class Named:
    name: str

    @strawberry.field
    def shouted(self) -> str:
        return self.name.upper()


@strawberry.type
class Cat(Named):
    lives: int = 9


@strawberry.type
class Dog(Named):
    @strawberry.field(name="barks")
    async def makes_noise(self, times: int = 2) -> str:
        return "wuff" * times


@strawberry.type
class Page(Generic[NodeT]):
    nodes: list[NodeT]
    total: int


@strawberry.input
class Filter:
    size: Size = Size.SMALL
    words: list[str] = strawberry.field(default_factory=lambda: ["default"])
    deep: "Filter | None" = strawberry.UNSET
    maybe: strawberry.Maybe[int | None]


@strawberry.input(one_of=True)
class By:
    id: strawberry.ID | None = strawberry.UNSET
    name: str | None = strawberry.UNSET


class Refusing(BasePermission):
    message = "refused"
    error_extensions: ClassVar[dict[str, str]] = {"code": "REFUSED"}

    def has_permission(self, source: object, info: strawberry.Info, **kwargs: object) -> bool:
        return kwargs.get("allowed") is True and info.field_name.startswith("s") and source is not None


class Doubling(FieldExtension):
    def resolve(self, next_: Any, source: Any, info: strawberry.Info, **kwargs: Any) -> Any:
        return next_(source, info, **kwargs) * 2


class Shouting(FieldExtension):
    async def resolve_async(self, next_: Any, source: Any, info: strawberry.Info, **kwargs: Any) -> Any:
        return (await next_(source, info, **kwargs)).upper()


@dataclass
class Plain:
    """No Strawberry type, but has its attributes."""

    name: str
    lives: int = 3


@strawberry.type
class Query:
    attribute: str = "attribute"
    broken: int | None = None

    @strawberry.field
    def named(self) -> list[Named]:
        return [Cat(name="tom"), Dog(name="rex"), Cat(name="kit", lives=1)]

    @strawberry.field
    def pets(self) -> list[Annotated[Cat | Dog, strawberry.union("Pet")]]:
        return [Dog(name="rex"), Cat(name="tom"), 5]  # type: ignore[list-item]

    @strawberry.field
    def plain(self) -> Cat:
        return Plain("like a cat")  # type: ignore[return-value]

    @strawberry.field
    def cast(self) -> Named:
        return strawberry.cast(Cat, Plain("cast"))

    @strawberry.field
    def page(self) -> Page[Cat]:
        return Page(nodes=[Cat(name="tom")], total=1)

    @strawberry.field
    def pages(self) -> list[Page[Dog]]:
        return [Page(nodes=[Dog(name="rex")], total=1), Page(nodes=[], total=0)]

    @strawberry.field
    def told(self, info: strawberry.Info, root: Any) -> str:
        names = [selected.name for selected in info.selected_fields]
        return f"{info.field_name} {info.python_name} {info.path.key} {info.context['name']} {names} {root is self}"

    @strawberry.field
    def other_names(self, asked: strawberry.Info, parent: strawberry.Parent["Query"]) -> str:
        return f"{asked.return_type} {asked.variable_values} {parent is self}"

    @strawberry.field
    @staticmethod
    def static(number: int) -> int:
        return number + 1

    @strawberry.field
    @classmethod
    def of_class(cls) -> str:
        return cls.__name__

    @strawberry.field
    def echo(self, filter: Filter | None = None, size: Size | None = Size.OLD) -> str:  # noqa: A002 - a client's word
        return f"{filter} {size}"

    @strawberry.field
    def by(self, by: By) -> str:
        return repr(by)

    @strawberry.field
    def renamed(self, class_: Annotated[int, strawberry.argument(name="class")], from_: int | None = None) -> str:
        return f"{class_} {from_}"

    @strawberry.field
    def size(self) -> Size:
        return Size.LARGE

    @strawberry.field
    def sizes(self) -> list[Size | None]:
        return [Size.OLD, None, 3, "s", "nothing"]  # type: ignore[list-item]

    @strawberry.field
    def scalars(self) -> "Scalars":
        return Scalars()

    @strawberry.field(permission_classes=[Refusing])
    def secret(self, allowed: bool = False) -> str | None:
        return "secret" * allowed

    @strawberry.field(permission_classes=[Refusing])
    async def secret_later(self, allowed: bool = False) -> str | None:
        return "secret" * allowed

    @strawberry.field(extensions=[PermissionExtension([Refusing()], fail_silently=True)])
    def silent(self, allowed: bool = False) -> list[int]:
        return [int(allowed)]

    @strawberry.field(extensions=[Doubling(), Doubling()])
    def doubled(self, number: int) -> int:
        return number

    @strawberry.field(extensions=[Shouting()])
    async def shouted(self) -> str:
        return "quiet"

    @strawberry.field
    async def stream(self) -> AsyncIterator[int]:
        for number in range(3):
            yield number

    @strawberry.field
    def failing(self) -> int:
        raise ValueError("failed")


@strawberry.type
class Scalars:
    moment: datetime = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    day: date = date(2026, 1, 2)
    price: Decimal = Decimal("1.20")
    number: UUID = UUID(int=7)
    id: strawberry.ID = strawberry.ID("7")
    json: strawberry.scalars.JSON = strawberry.field(default_factory=lambda: {"a": [1]})
    nothing: None = None


def schema(**options: Any) -> strawberry.Schema:
    return strawberry.Schema(query=Query, types=[Cat, Dog], **options)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{ attribute }", {"attribute": "attribute"}),
        (
            "{ named { __typename name shouted ... on Cat { lives } ... on Dog { barks(times: 1) } } }",
            {
                "named": [
                    {"__typename": "Cat", "name": "tom", "shouted": "TOM", "lives": 9},
                    {"__typename": "Dog", "name": "rex", "shouted": "REX", "barks": "wuff"},
                    {"__typename": "Cat", "name": "kit", "shouted": "KIT", "lives": 1},
                ]
            },
        ),
        ("{ cast { name ... on Cat { lives } } }", {"cast": {"name": "cast", "lives": 3}}),
        (
            "{ page { total nodes { lives } } pages { total nodes { barks } } }",
            {
                "page": {"total": 1, "nodes": [{"lives": 9}]},
                "pages": [{"total": 1, "nodes": [{"barks": "wuffwuff"}]}, {"total": 0, "nodes": []}],
            },
        ),
        ("{ here: told }", {"here": "told told here context ['told'] True"}),
        ("query ($v: Int = 3) { otherNames static(number: $v) }", None),
        ("{ static(number: 2) ofClass }", {"static": 3, "ofClass": "Query"}),
        ("{ echo }", None),
        ("{ echo(filter: {}, size: null) }", None),
        ("{ echo(filter: {size: LARGE, words: [], deep: {size: ANCIENT, maybe: null}, maybe: 3}) }", None),
        ('{ by(by: {name: "n"}) }', None),
        ("{ renamed(class: 1, from_: 2) }", {"renamed": "1 2"}),
        ("{ renamed(class: 1) }", {"renamed": "1 None"}),
        ("{ size sizes }", None),
        ("{ scalars { moment day price number id json nothing } }", None),
        ("{ secret secretLater silent }", {"secret": None, "secretLater": None, "silent": []}),
        (
            "{ secret(allowed: true) secretLater(allowed: true) silent(allowed: true) }",
            {"secret": "secret", "secretLater": "secret", "silent": [1]},
        ),
        ("{ doubled(number: 3) shouted }", {"doubled": 12, "shouted": "QUIET"}),
        ("{ plain { name lives shouted } }", None),
        ("{ pets { ... on Named { name } } }", None),
        ("{ failing }", None),
        (
            "{ __typename __schema { queryType { name } } }",
            {"__typename": "Query", "__schema": {"queryType": {"name": "Query"}}},
        ),
        ("{ _service: __typename }", {"_service": "Query"}),
    ],
)
async def test_a_feature_of_strawberry_answers_the_same(text: str, expected: object):
    result = await answer_of_both(schema(), text, root=Query())

    assert expected is None or result.data == expected


async def test_refusals_carry_their_code():
    result = await answer_of_both(schema(), "{ secret secretLater }", root=Query())

    assert [(error.message, error.extensions) for error in result.errors or ()] == [
        ("refused", {"code": "REFUSED"}),
        ("refused", {"code": "REFUSED"}),
    ]


async def test_inputs_are_made_of_variables():
    text = "query ($f: Filter, $by: By!, $s: Size) { echo(filter: $f, size: $s) by(by: $by) }"
    variables = {"f": {"deep": {"words": ["a"]}, "maybe": None}, "by": {"id": 3}, "s": "ANCIENT"}

    result = await answer_of_both(schema(), text, variables, root=Query())

    assert result.errors is None
    assert result.data is not None
    assert "words=['a']" in result.data["echo"]
    assert result.data["echo"].endswith("Size.OLD")


async def test_a_default_resolver_of_the_schema_reads_attributes():
    def read(source: object, name: str) -> object:
        return f"{name} of {source}"

    configured = schema(config=StrawberryConfig(default_resolver=read))

    result = await answer_of_both(configured, "{ attribute }", root="root")

    assert result.data == {"attribute": "attribute of root"}


async def test_names_as_they_are_in_python_are_kept_if_the_schema_says_so():
    configured = schema(config=StrawberryConfig(auto_camel_case=False))

    result = await answer_of_both(configured, "{ other_names of_class }", root=Query())

    assert result.data is not None
    assert result.data["of_class"] == "Query"


async def test_an_info_class_of_the_schema_is_what_resolvers_get():
    class Mine(strawberry.Info):
        @property
        def field_name(self) -> str:
            return "mine"

    configured = schema(config=StrawberryConfig(info_class=Mine))

    result = await answer_of_both(configured, "{ told }", root=Query())

    assert result.data == {"told": "mine told told context ['told'] True"}


async def test_a_field_of_an_own_class_is_read_in_its_own_way():
    class Upper(StrawberryField):
        def get_result(self, source: Any, info: Any, args: list[Any], kwargs: Any) -> Any:
            return str(super().get_result(source, info, args, kwargs)).upper()

    @strawberry.type(name="Query")
    class Shouting:
        attribute: str = Upper(python_name=None)
        plain: str = "plain"

    configured = strawberry.Schema(query=Shouting)

    result = await answer_of_both(configured, "{ attribute plain }", root=Shouting(attribute="quiet"))

    assert result.data == {"attribute": "QUIET", "plain": "plain"}


async def test_properties_that_fail_are_errors_of_their_fields():
    @strawberry.type(name="Query")
    class Fragile:
        before: int
        value: int | None
        after: int

    class Odd(Fragile):
        @property
        def value(self) -> int:  # type: ignore[override]
            raise LookupError("gone")

        @value.setter
        def value(self, value: object) -> None: ...

    configured = strawberry.Schema(query=Fragile)

    result = await answer_of_both(configured, "{ before value after }", root=Odd(before=1, value=None, after=2))

    assert result.data == {"before": 1, "value": None, "after": 2}
    assert [error.message for error in result.errors or ()] == ["gone"]
