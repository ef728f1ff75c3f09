"""The `retailflow` command line."""

import importlib
import sys
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final, cast

import typer

from cli.commands.check import check
from cli.commands.compose import compose
from cli.commands.doctor import doctor
from cli.commands.down import down
from cli.commands.graphiql import build_graphiql
from cli.commands.logs import logs
from cli.commands.mail import mail
from cli.commands.migrate import migrate
from cli.commands.permissions import permissions
from cli.commands.secrets import secrets
from cli.commands.serve import serve
from cli.commands.status import status
from cli.commands.test import run_tests
from cli.commands.up import up
from cli.errors import CommandError

_NO_SPACE: Final = 28
_REST: Final = {"allow_extra_args": True, "ignore_unknown_options": True}


@dataclass(frozen=True, slots=True)
class _LateCommand:
    """A command whose module takes long to import: it is imported only if its name is on the command line."""

    name: str
    module: str
    function: str
    help: str

    def load(self, words: Collection[str]) -> Callable[..., None]:
        """The command, or a stand-in that only the list of commands sees."""
        if self.name not in words:
            return lambda: None
        return cast("Callable[..., None]", getattr(importlib.import_module(self.module), self.function))


_RECONCILE: Final = _LateCommand(
    "reconcile",
    "cli.commands.reconcile",
    "reconcile",
    "Compare a sales file with the graph; exit 0 if nothing differs.",
)
_DEMO: Final = _LateCommand("demo", "cli.commands.demo", "demo", "Load the demo shop; `up` does it at the first start.")
_IMPORTS: Final = (
    _LateCommand(
        "products",
        "cli.commands.import_products",
        "import_products_file",
        "Bring in a product file in Shopify's CSV format.",
    ),
    _LateCommand("sales", "cli.commands.import_sales", "import_sales", "Replay a sales file, as an integration would."),
)


def create_app(words: Collection[str]) -> typer.Typer:
    """The command line; `words` are those the person wrote."""
    app = typer.Typer(
        name="retailflow",
        help="RetailFlow: one federated GraphQL API for shops. Start with [bold]retailflow up[/bold].",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich",
    )
    for command in (up, down, status, logs, mail):
        app.command()(command)
    importing = typer.Typer(help="Bring products or sales in through the public API.", no_args_is_help=True)
    for late in _IMPORTS:
        importing.command(late.name, help=late.help)(late.load(words))
    app.add_typer(importing, name="import")
    app.command(_RECONCILE.name, help=_RECONCILE.help)(_RECONCILE.load(words))
    app.command("test", context_settings=_REST)(run_tests)
    for command in (check, doctor, migrate, compose, permissions, secrets):
        app.command()(command)
    app.add_typer(serve, name="serve")
    app.command(_DEMO.name, help=_DEMO.help, hidden=True)(_DEMO.load(words))
    app.command(hidden=True)(build_graphiql)
    return app


def main() -> None:
    """Run the command; an expected failure is one line on standard error and exit code 1."""
    try:
        create_app(sys.argv[1:])()
    except CommandError as error:
        sys.exit(f"retailflow: {error}")
    except OSError as error:
        if error.errno != _NO_SPACE:
            raise
        sys.exit(f"retailflow: the disk is full ({error.filename}): free some space and start again")
