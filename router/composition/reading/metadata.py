"""Reading what an element carries into the supergraph: description, deprecation, tags, access, cost."""

from graphql.language import (
    EnumValueDefinitionNode,
    FieldDefinitionNode,
    InputValueDefinitionNode,
    TypeDefinitionNode,
)

from router.composition.reading.arguments import Application, Applications
from router.composition.subgraph import Access, CacheTag, ListSize, Metadata

DescribedNode = TypeDefinitionNode | FieldDefinitionNode | InputValueDefinitionNode | EnumValueDefinitionNode
_DEFAULT_DEPRECATION = "No longer supported"


def read_metadata(node: DescribedNode, applied: Applications) -> Metadata:
    """The metadata of one element."""
    deprecated, cost = applied.first("deprecated"), applied.first("cost")
    return Metadata(
        description=node.description.value if node.description else None,
        deprecation_reason=_reason(deprecated) if deprecated else None,
        is_inaccessible=applied.has("inaccessible"),
        tags=tuple(sorted({tag.text("name") or "" for tag in applied.every("tag")})),
        access=_access(applied),
        cost_weight=cost.integer("weight") if cost else None,
        list_size=_list_size(applied),
        composed=applied.composed,
        cache_tags=tuple(CacheTag(tag.text("format") or "") for tag in applied.every("cacheTag")),
    )


def _reason(deprecated: Application) -> str:
    given = deprecated.text("reason")
    return _DEFAULT_DEPRECATION if given is None else given


def _access(applied: Applications) -> Access:
    scopes, policies = applied.first("requiresScopes"), applied.first("policy")
    return Access(
        is_authenticated=applied.has("authenticated"),
        scopes=scopes.alternatives("scopes") if scopes else None,
        policies=policies.alternatives("policies") if policies else None,
    )


def _list_size(applied: Applications) -> ListSize | None:
    size = applied.first("listSize")
    if size is None:
        return None
    return ListSize(
        size.integer("assumedSize"),
        size.texts("slicingArguments"),
        size.texts("sizedFields"),
        size.flag("requireOneSlicingArgument", default=True),
    )
