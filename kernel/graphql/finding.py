"""Loads and root fields that only look something up by a key: what most relations, references and roots need."""

import inspect
from collections.abc import Mapping, Sequence
from typing import Any, Protocol, TypeVar, cast

import strawberry
from sqlalchemy.orm import InstrumentedAttribute
from strawberry.types import get_object_definition
from typing_extensions import Unpack

from kernel.database import Listing, Reader
from kernel.database.row import RowT
from kernel.graphql.context import RequestContext
from kernel.graphql.execution import Batch
from kernel.graphql.execution.fields import FieldOptions, field_of, load_one
from kernel.graphql.execution.sources import ContextT, KeyT, Load, LoadedT
from kernel.graphql.references import id_of, natural_key

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
    by: str = "id",
    *,
    scope: str | None = None,
    **options: Unpack[FieldOptions],
) -> ViewT_co | None:
    """A root field that finds one thing by its key, or null; aliases of one operation are read together.

    Args:
        view: what is shown of what was found.
        load: keys, each once, to what was found.
        by: the argument: `id` is the global id of `view`, all else a text.
        scope: who may ask.
        options: of any field.
    """
    parse = id_of(get_object_definition(view, strict=True).name) if by == "id" else natural_key

    async def resolve(info: strawberry.Info[RequestContext, None], **given: object) -> ViewT_co | None:
        if scope is not None:
            info.context.require(scope)
        found = await load_one(load, cast("KeyT", parse(given[by])), info, arguments=None)
        return view(row=found) if found is not None else None

    kind = inspect.Parameter.KEYWORD_ONLY
    parameters = [
        inspect.Parameter("info", kind, annotation=strawberry.Info),
        inspect.Parameter(by, kind, annotation=strawberry.ID if by == "id" else str),
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
