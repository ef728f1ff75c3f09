"""What `retailflow up` prints when the product is ready: addresses, sign-ins, a first query."""

from typing import Final

from rich.console import Console
from rich.syntax import Syntax
from rich.table import Table

from cli.ports import CONTEXTS, Ports
from cli.startup import Startup

FIRST_QUERY: Final = """{
  products(first: 3) {
    nodes { name variants { sku price { amount currencyCode } availability { available } } }
  }
}"""
#: once this is out, everything before it is too
LAST_LINE: Final = "Ctrl-C stops everything. In another terminal: ./retailflow status, logs, mail"
_SIGN_INS: Final = (
    ("owner@lumen.example", "everything of the shop Lumen, GraphiQL too"),
    ("cashier@lumen.example", "the till of one store"),
    ("customer@lumen.example", "only their own orders"),
    ("owner@sakura.example", "another shop, in yen: sees nothing of Lumen"),
    ("admin@retailflow.example", "the platform"),
)


def print_welcome(console: Console, startup: Startup, seconds: float) -> None:
    """The addresses of what runs and, if the web BFF does, how to sign in and what to ask first."""
    console.print(f"\n[bold]RetailFlow is ready[/bold] [dim]after {seconds:.1f} s[/dim]\n")
    table = Table.grid(padding=(0, 2))
    for name, address in _addresses(startup.ports, startup.running_parts(), is_separate=startup.is_separate):
        table.add_row(f"  [dim]{name}[/dim]", f"[cyan]{address}[/cyan]")
    console.print(table)
    if "bff-web" in startup.running_parts():
        _print_sign_ins(console, startup.environment)
        console.print("\n  [dim]A first query for GraphiQL:[/dim]\n")
        console.print(Syntax(FIRST_QUERY, "graphql", padding=(0, 2), background_color="default"))
    console.print(f"\n[dim]{LAST_LINE}[/dim]")


def _addresses(ports: Ports, parts: frozenset[str], *, is_separate: bool) -> list[tuple[str, str]]:
    addresses: list[tuple[str, str]] = []
    if "bff-web" in parts:
        addresses.append(("web", f"http://127.0.0.1:{ports.web_bff}"))
        addresses.append(("GraphiQL", f"http://127.0.0.1:{ports.web_bff}/graphiql"))
    if "bff-pos" in parts:
        addresses.append(("tills", f"http://127.0.0.1:{ports.pos_bff}"))
    if "router" in parts:
        addresses.append(("router", f"http://127.0.0.1:{ports.router}/graphql"))
    if is_separate:
        addresses += [(name, f"http://127.0.0.1:{ports.subgraph(name)}/graphql") for name in CONTEXTS if name in parts]
    return [*addresses, ("PostgreSQL", f"127.0.0.1:{ports.postgres}, database retailflow")]


def _print_sign_ins(console: Console, environment: dict[str, str]) -> None:
    password = environment.get("RETAILFLOW_DEMO_PASSWORD")
    if password is None or environment.get("RETAILFLOW_DEMO_USERS") != "true":
        return
    console.print(f"\n  [dim]Sign in with the password[/dim] [bold]{password}[/bold] [dim]as[/dim]\n")
    table = Table.grid(padding=(0, 2))
    for user, about in _SIGN_INS:
        table.add_row(f"  {user}", f"[dim]{about}[/dim]")
    console.print(table)
