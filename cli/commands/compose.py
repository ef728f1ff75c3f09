"""`retailflow compose`: write the published contracts under schema/ from the code."""

import json
import os
from collections.abc import Sequence
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
    allow_breaking: Annotated[
        bool, typer.Option("--allow-breaking", help="Write even what breaks clients of the published graph.")
    ] = False,
) -> None:
    """Compose the supergraph and write schema/: the subgraphs' SDL, the supergraph, the events' JSON Schemas.

    Subgraphs that do not compose are named with the rule and the place, and nothing is written; nor is a graph that
    breaks clients or cannot answer an operation of schema/operations.
    """
    from router.composition import CompositionFailed  # noqa: PLC0415 - see below

    try:
        if local is not None:
            _write_local(local)
        elif check:
            _check(folder)
        else:
            _write(folder, may_break=allow_breaking)
    except CompositionFailed as failed:
        raise CommandError(str(failed)) from failed


def _write_local(target: Path) -> None:
    # they import every subgraph, here and below
    from cli.schema_files import subgraph_sources  # noqa: PLC0415
    from router.composition import compose as compose_supergraph  # noqa: PLC0415

    urls: dict[str, str] = json.loads(os.environ["RETAILFLOW_SUBGRAPH_URLS"])
    target.write_text(compose_supergraph(subgraph_sources(urls)).supergraph_sdl)
    print("composed")


def _check(folder: Path) -> None:
    from cli.schema_evolution import evolution_of  # noqa: PLC0415 - see above
    from cli.schema_files import differing_files  # noqa: PLC0415 - see above

    differing = differing_files(folder)
    evolution = evolution_of(folder, differing)
    if evolution.broken:
        raise CommandError(_listed("the graph cannot answer these operations", evolution.broken))
    if differing:
        names = ", ".join(str(name) for name in sorted(differing))
        remarks = "".join(
            f"\n{_listed(title, lines)}"
            for title, lines in (("breaking", evolution.breaking), ("dangerous", evolution.dangerous))
            if lines
        )
        raise CommandError(f"schema/ differs from the code ({names}): run ./retailflow compose and commit it{remarks}")
    print("schema/ is what the code says")


def _write(folder: Path, *, may_break: bool) -> None:
    from cli.schema_evolution import evolution_of  # noqa: PLC0415 - see above
    from cli.schema_files import differing_files, write_published_files  # noqa: PLC0415 - see above

    differing = differing_files(folder)
    evolution = evolution_of(folder, differing)
    if evolution.broken:
        raise CommandError(_listed("nothing was written: the graph cannot answer these operations", evolution.broken))
    if evolution.breaking and not may_break:
        hint = "nothing was written, for this breaks clients (--allow-breaking writes it all the same)"
        raise CommandError(_listed(hint, evolution.breaking))
    for line in (*evolution.breaking, *evolution.dangerous):
        print(line)
    for name in write_published_files(folder, differing):
        print(f"wrote {folder / name}")


def _listed(title: str, lines: Sequence[str]) -> str:
    return "\n  ".join([f"{title}:", *lines])
