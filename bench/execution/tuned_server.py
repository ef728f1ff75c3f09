"""The product's catalog subgraph in a process tuned one way or another; configured by the environment as always.

usage: python -m bench.execution.tuned_server PORT [--loop L] [--parser P] [--collector C] [--processes N] [--quiet]
"""

import argparse
import asyncio
import gc
import os
import socket
from collections.abc import Callable, Mapping

import uvicorn
import uvloop

from kernel.process import tune_garbage_collection
from subgraphs.catalog.app import create_app


def _thresholds() -> None:
    gc.set_threshold(50_000, 20, 20)


def _freeze() -> None:
    gc.collect()
    gc.freeze()


COLLECTORS: Mapping[str, Callable[[], None]] = {
    "default": lambda: None,
    "thresholds": _thresholds,
    "frozen": _freeze,
    "tuned": tune_garbage_collection,
    "off": gc.disable,
}


class TunedServer(uvicorn.Server):
    """Tunes the collector once the application has started, as `cli.serving` does."""

    collector = "default"

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        COLLECTORS[self.collector]()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("--loop", choices=["uvloop", "asyncio"], default="uvloop")
    parser.add_argument("--parser", choices=["httptools", "h11"], default="httptools")
    parser.add_argument("--collector", choices=sorted(COLLECTORS), default="tuned")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--quiet", action="store_true", help="no access log")
    arguments = parser.parse_args()
    listening = socket.create_server(("127.0.0.1", arguments.port), backlog=2048)
    for _ in range(arguments.processes - 1):
        if os.fork() == 0:
            break
    if arguments.quiet:
        os.environ["RETAILFLOW_LOG_LEVEL"] = "WARNING"
    config = uvicorn.Config(create_app(), http=arguments.parser, log_config=None, access_log=False, server_header=False)
    server = TunedServer(config)
    server.collector = arguments.collector
    factory = uvloop.new_event_loop if arguments.loop == "uvloop" else asyncio.new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(server.serve(sockets=[listening]))


if __name__ == "__main__":
    main()
