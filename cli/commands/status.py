"""`retailflow status`: what runs, and whether it is ready."""

import typer
from rich.table import Table

from cli.console import open_console
from cli.processes.inspection import is_alive
from cli.processes.lock import lock_holder
from cli.processes.supervisor import is_program_ready
from cli.product import Selection, Surroundings, product_programs
from cli.state import StateFolder

_NOT_RUNNING = 3


def status() -> None:
    """Show the product's processes. Exit code: 0 all ready, 1 some are not, 3 nothing runs."""
    state = StateFolder.open()
    holder, running = lock_holder(state.lock), state.read_running()
    if holder is None or running is None:
        print("nothing is running: start it with ./retailflow up")
        raise typer.Exit(_NOT_RUNNING)
    table = Table(box=None, header_style="dim", pad_edge=False)
    for column in ("process", "pid", "ports", "state"):
        table.add_column(column)
    are_all_ready = True
    programs = {
        program.name: program
        for selection in (None, Selection.every_part())
        for program in product_programs(running.ports, selection, Surroundings())
    }
    for name, pid in running.processes.items():
        program = programs.get(name)
        ports = program.ready_ports if program else ()
        ready = is_alive(pid) and (program is None or is_program_ready(program))
        are_all_ready = are_all_ready and ready
        state_text = "[green]ready[/green]" if ready else "[red]not ready[/red]"
        table.add_row(name, str(pid), ", ".join(map(str, ports)), state_text)
    open_console().print(table)
    raise typer.Exit(0 if are_all_ready else 1)
