"""`retailflow compose`: write the published contracts under schema/ from the code."""

import json
import os
from pathlib import Path
from typing import Annotated

import typer

from cli.errors import CommandError
from cli.state import ROOT


def compose(
    *,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; fail if schema/ differs from the code.")
    ] = False,
    local: Annotated[
        Path | None, typer.Option(help="Write only the supergraph, with the addresses of this machine.", hidden=True)
    ] = None,
    folder: Annotated[Path, typer.Option(help="Where to write.")] = ROOT / "schema",
) -> None:
    """Compose the supergraph and write schema/: the subgraphs' SDL, the supergraph, the events' JSON Schemas.

    Subgraphs that do not compose are named with the rule and the place, and nothing is written.
    """
    from router.composition import CompositionFailed  # noqa: PLC0415 - see below

    try:
        _compose(local, folder, is_check=check)
    except CompositionFailed as failed:
        raise CommandError(str(failed)) from failed


def _compose(local: Path | None, folder: Path, *, is_check: bool) -> None:
    # they import every subgraph
    from cli.schema_files import differing_files, subgraph_sources, write_published_files  # noqa: PLC0415
    from router.composition import compose as compose_supergraph  # noqa: PLC0415

    if local is not None:
        urls: dict[str, str] = json.loads(os.environ["RETAILFLOW_SUBGRAPH_URLS"])
        local.write_text(compose_supergraph(subgraph_sources(urls)).supergraph_sdl)
        print("composed")
        return
    if is_check:
        differing = sorted(differing_files(folder))
        if differing:
            names = ", ".join(str(name) for name in differing)
            raise CommandError(f"schema/ differs from the code ({names}): run ./retailflow compose and commit it")
        print("schema/ is what the code says")
        return
    for name in write_published_files(folder):
        print(f"wrote {folder / name}")
