"""`retailflow permissions`: write who may do what, as the schema and the roles say it."""

from typing import Annotated

import typer

from cli.errors import CommandError


def permissions(
    *,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; fail if the page differs from the code.")
    ] = False,
) -> None:
    """Write docs/operations/permissions.md: every operation by role."""
    from cli.permission_matrix import PAGE, differing_page  # noqa: PLC0415 - imports every subgraph

    wanted = differing_page()
    if wanted is None:
        print("docs/operations/permissions.md is what the code says")
    elif check:
        raise CommandError(
            "docs/operations/permissions.md differs from schema and roles: run ./retailflow permissions, "
            "read what changes for whom, and commit it"
        )
    else:
        PAGE.write_text(wanted, encoding="utf-8")
        print(f"wrote {PAGE}")
