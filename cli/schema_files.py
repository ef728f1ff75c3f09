"""The published contracts under schema/: generated from the code, committed, compared in CI."""

import importlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Protocol, cast

from cli.ports import CONTEXTS
from cli.rest_description.document import rest_description
from cli.state import ROOT
from kernel.events import Event, event_schema
from kernel.graphql import SubgraphSchema
from router.composition import SubgraphSource, compose
from router.offline_graph import OfflineGraph

_REST_OPERATIONS: Final = ROOT / "schema" / "operations" / "rest"


class _SchemaModule(Protocol):
    def build_schema(self) -> SubgraphSchema: ...


class _EventsModule(Protocol):
    PUBLISHED: tuple[type[Event], ...]


def subgraph_schema(context: str) -> SubgraphSchema:
    """The schema of a context, without anything to read from."""
    module = cast("_SchemaModule", importlib.import_module(f"subgraphs.{context}.graphql.schema"))
    return module.build_schema()


def subgraph_sdl(context: str) -> str:
    """The SDL a context publishes."""
    return subgraph_schema(context).as_str() + "\n"


def subgraph_sources(urls: Mapping[str, str]) -> list[SubgraphSource]:
    """What the composer needs; `urls` maps contexts to the URL the router reaches them at."""
    return [SubgraphSource(context, urls[context], subgraph_sdl(context)) for context in CONTEXTS]


def published_urls() -> dict[str, str]:
    """Service names as in compose.yaml; a deployment overrides them by RETAILFLOW_SUBGRAPH_URLS."""
    return {context: f"http://{context}:8000/graphql" for context in CONTEXTS}


def published_files() -> dict[Path, str]:
    """Every file of schema/ (relative path → text) as the code wants it."""
    files = {Path("subgraphs") / f"{context}.graphql": subgraph_sdl(context) for context in CONTEXTS}
    supergraph = compose(subgraph_sources(published_urls())).supergraph_sdl
    files[Path("supergraph.graphql")] = supergraph
    files[Path("openapi.json")] = rest_description(OfflineGraph(supergraph).api_schema, _REST_OPERATIONS)
    for context in CONTEXTS:
        files[Path("events") / f"{context}.json"] = _event_schemas(context)
    return files


def write_published_files(folder: Path, differing: Mapping[Path, str]) -> list[Path]:
    """Write what differs; the relative paths written."""
    for name, wanted in differing.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(wanted)
    return list(differing)


def differing_files(folder: Path) -> dict[Path, str]:
    """The files whose committed text is not what the code generates, with the text they should have."""
    return {
        name: wanted
        for name, wanted in published_files().items()
        if not (folder / name).exists() or (folder / name).read_text() != wanted
    }


def _event_schemas(context: str) -> str:
    module = cast("_EventsModule", importlib.import_module(f"subgraphs.{context}.events"))
    schemas = {event.subject: event_schema(event) for event in module.PUBLISHED}
    return json.dumps(schemas, indent=2, sort_keys=True) + "\n"
