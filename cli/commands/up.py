"""`retailflow up`: start the whole product."""

import os
import time
from typing import Annotated

import typer
from rich.console import Console

from cli.console import open_console
from cli.environment import own_variables
from cli.ports import Ports
from cli.preflight import end_leftovers, needed_ports, require_disk, require_ports, take_lock
from cli.processes.supervisor import ProcessDied, StopRequested, watching_signals
from cli.product import PARTS, Selection, Surroundings, product_programs
from cli.startup import Order, Startup
from cli.state import StateFolder
from cli.welcome import print_welcome


def up(
    *,
    only: Annotated[
        str | None, typer.Option(help=f"Start these parts only, each as a process: {', '.join(PARTS)}.", metavar="A,B")
    ] = None,
    port_base: Annotated[
        int | None, typer.Option(help="Move all ports: web BFF here, router at +1, the others behind.", metavar="N")
    ] = None,
    separate: Annotated[
        bool, typer.Option("--separate", help="One process per part, speaking HTTP, instead of one for all.")
    ] = False,
) -> None:
    """Start the product on this machine and keep it running until Ctrl-C."""
    began = time.monotonic()
    order = _order(only, port_base, is_separate=separate)
    state, console = StateFolder.open(), open_console()
    require_disk(state.path)
    lock = take_lock(state, lambda line: console.print(f"[yellow]{line}[/yellow]"))
    try:
        if lock.stale_holder is not None:
            end_leftovers(state)
        programs = product_programs(order.ports, order.selection, order.surroundings)
        require_ports(needed_ports(programs, order.ports))
        with watching_signals() as signals:
            _run(Startup(state, order, console, signals), console, began)
    finally:
        lock.release()


def _order(only: str | None, port_base: int | None, *, is_separate: bool) -> Order:
    ports = Ports.from_base(port_base) if port_base is not None else Ports()
    selection = Selection.of(only) if only is not None else Selection.every_part() if is_separate else None
    # a person who names an issuer has an identity provider of their own
    has_provider = "RETAILFLOW_ISSUER" not in own_variables(os.environ)
    return Order(ports, selection, Surroundings(has_identity_provider=has_provider))


def _run(startup: Startup, console: Console, began: float) -> None:
    try:
        supervisor = startup.bring_up()
        print_welcome(console, startup, time.monotonic() - began)
        startup.launch_errands(supervisor)
        supervisor.watch()
    except StopRequested:
        console.print("\nstopping …")
    except ProcessDied as death:
        for line in death.log_lines:
            console.print(f"  {line}", style="dim", markup=False, soft_wrap=True)
        raise
    finally:
        _close(startup)
    console.print("stopped")


def _close(startup: Startup) -> None:
    try:
        startup.close()
    except StopRequested:
        # a second Ctrl-C: the processes are killed, the servers still write everything down
        startup.close()
