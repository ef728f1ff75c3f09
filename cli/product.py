"""Which processes make up the product, in the order they start."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from cli.errors import CommandError
from cli.ports import CONTEXTS, Ports
from cli.processes.supervisor import Program

APP: Final = "app"
PROCESS_MODULE: Final = "cli.process"
IDENTITY_PROVIDER: Final = "identity-provider"
PARTS: Final = (*CONTEXTS, "router", "worker", "bff-web", "bff-pos")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the product talks to, and whether we start it: a real identity provider may be configured instead."""

    has_identity_provider: bool = True


@dataclass(frozen=True, slots=True)
class Selection:
    """Which parts run as processes of their own."""

    parts: frozenset[str]

    @classmethod
    def every_part(cls) -> "Selection":
        """One process per part."""
        return cls(frozenset(PARTS))

    @classmethod
    def of(cls, names: str) -> "Selection":
        """The parts of a comma-separated list.

        Raises:
            CommandError: there is no such part.
        """
        wanted = [name.strip() for name in names.split(",") if name.strip()]
        unknown = [name for name in wanted if name not in PARTS]
        if unknown or not wanted:
            raise CommandError(f"--only knows {', '.join(PARTS)}; not {', '.join(unknown) or 'nothing'}")
        return cls(frozenset(wanted))


def product_programs(ports: Ports, selection: Selection | None, surroundings: Surroundings) -> list[Program]:
    """The product's processes in the order of their start; without a selection router, BFFs and subgraphs are one."""
    programs = surrounding_programs(ports, surroundings)
    if selection is None:
        numbers = {"--router-port": ports.router, "--web-port": ports.web_bff, "--pos-port": ports.pos_bff}
        app = _serve(APP, *(text for name, port in numbers.items() for text in (name, str(port))))
        return [
            *programs,
            Program(APP, app, list(numbers.values())),
            _worker(ports),
        ]
    parts = [_part(name, ports) for name in PARTS if name in selection.parts]
    if selection != Selection.every_part():
        # a router without its subgraphs never calls itself ready: here it is enough that a part answers
        parts = [replace(part, ready_path="/health/live") for part in parts]
    return [*programs, *parts]


def surrounding_programs(ports: Ports, surroundings: Surroundings) -> list[Program]:
    """The product's outside world on this machine: they need no database and can start first."""
    provider = Program(
        IDENTITY_PROVIDER, _serve_on(IDENTITY_PROVIDER, ports.identity_provider), [ports.identity_provider]
    )
    return [
        *([provider] if surroundings.has_identity_provider else []),
        Program("payment-sandbox", _serve_on("payment-sandbox", ports.payment_sandbox), [ports.payment_sandbox]),
        Program("mail-sink", _serve_on("mail-sink", ports.smtp), [ports.smtp], speaks_http=False),
    ]


def _part(name: str, ports: Ports) -> Program:
    if name in CONTEXTS:
        port = ports.subgraph(name)
        return Program(name, _serve("subgraph", name, "--port", str(port)), [port])
    if name == "worker":
        return _worker(ports)
    port = {"router": ports.router, "bff-web": ports.web_bff, "bff-pos": ports.pos_bff}[name]
    return Program(name, _serve_on(name, port), [port])


def _worker(ports: Ports) -> Program:
    # unacknowledged messages survive it, so a killed worker heals by starting again
    return Program("worker", _serve_on("worker", ports.worker), [ports.worker], is_restarted=True, stop_seconds=30)


def _serve_on(part: str, port: int) -> Sequence[str]:
    return _serve(part, "--port", str(port))


def _serve(*arguments: str) -> list[str]:
    return [sys.executable, "-m", PROCESS_MODULE, *arguments]
