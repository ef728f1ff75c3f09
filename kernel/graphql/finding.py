"""Loads and root fields that only look something up by a key: what most relations, references and roots need."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar, cast

import strawberry
from sqlalchemy.orm import InstrumentedAttribute
from typing_extensions import Unpack

from kernel.database import Listing, Reader
from kernel.database.row import RowT
from kernel.graphql.context import RequestContext
from kernel.graphql.execution import Batch
from kernel.graphql.execution.fields import FieldOptions, field_of, load_one
from kernel.graphql.execution.sources import ContextT, KeyT, Load, LoadedT
from kernel.graphql.references import natural_key

LoadedT_contra = TypeVar("LoadedT_contra", contravariant=True)
ViewT_co = TypeVar("ViewT_co", covariant=True)


class View(Protocol[LoadedT_contra, ViewT_co]):
    """A type of the graph that is made of its row."""

    def __call__(self, *, row: LoadedT_contra) -> ViewT_co:
        """The type's constructor."""
        ...


def rows_by(
    listing: Listing[RowT], key: InstrumentedAttribute[KeyT], *, scope: str | None = None
) -> Load[RequestContext, None, KeyT, RowT]:
    """A load that reads the row of each key, for callers that hold `scope`; see `Reader.by`."""

    async def load(batch: Batch[RequestContext, None], keys: Sequence[KeyT]) -> Mapping[KeyT, RowT]:
        return await _reader(batch, scope).by(listing, batch.columns, key, keys)

    return load


def lists_by(
    listing: Listing[RowT], parent: InstrumentedAttribute[KeyT], *, scope: str | None = None
) -> Load[RequestContext, None, KeyT, list[RowT]]:
    """A load that reads the rows of each parent, for callers that hold `scope`; see `Reader.lists`."""

    async def load(batch: Batch[RequestContext, None], parents: Sequence[KeyT]) -> Mapping[KeyT, list[RowT]]:
        return await _reader(batch, scope).lists(listing, batch.columns, parent, parents)

    return load


def find(
    view: View[LoadedT, ViewT_co],
    load: Load[ContextT, None, KeyT, LoadedT],
    argument: str,
    *,
    parse: Callable[[object], KeyT] = natural_key,
    scope: str | None = None,
    **options: Unpack[FieldOptions],
) -> ViewT_co | None:
    """A root field that finds one thing by its key, or null; aliases of one operation are read together.

    Args:
        view: what is shown of what was found.
        load: keys, each once, to what was found.
        argument: the key's name: `id` is a global id, all else a text.
        parse: the argument as a key.
        scope: who may ask.
        options: of any field.
    """

    async def resolve(info: strawberry.Info[RequestContext, None], **given: object) -> ViewT_co | None:
        if scope is not None:
            info.context.require(scope)
        found = await load_one(load, parse(given[argument]), info, arguments=None)
        return view(row=found) if found is not None else None

    kind = inspect.Parameter.KEYWORD_ONLY
    parameters = [
        inspect.Parameter("info", kind, annotation=strawberry.Info),
        inspect.Parameter(argument, kind, annotation=strawberry.ID if argument == "id" else str),
    ]
    resolve.__signature__ = inspect.Signature(parameters, return_annotation=cast("type[ViewT_co]", view) | None)
    if scope is not None:
        options["requires_scopes"] = [[scope]]
    return field_of(resolve, options)


def _reader(batch: Batch[Any, None], scope: str | None) -> Reader:
    context: RequestContext = batch.context
    if scope is not None:
        context.require(scope)
    return context.reader
