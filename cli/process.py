"""`python -m cli.process PART`: how `up` starts a part of the product, without loading the whole command line."""

import argparse
from collections.abc import Callable, Mapping
from typing import Final

from cli.parts import (
    run_app,
    run_bff_pos,
    run_bff_web,
    run_identity_provider,
    run_mail_sink,
    run_payment_sandbox,
    run_router,
    run_subgraph,
    run_worker,
)

_ON_ONE_PORT: Final[Mapping[str, Callable[[int], None]]] = {
    "router": run_router,
    "bff-web": run_bff_web,
    "bff-pos": run_bff_pos,
    "worker": run_worker,
    "identity-provider": run_identity_provider,
    "payment-sandbox": run_payment_sandbox,
    "mail-sink": run_mail_sink,
}


def main() -> None:
    """Run the part the arguments name until SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m cli.process", description=__doc__)
    parts = parser.add_subparsers(dest="part", required=True)
    app = parts.add_parser("app")
    app.add_argument("--router-port", type=int, required=True)
    app.add_argument("--web-port", type=int, required=True)
    app.add_argument("--pos-port", type=int, required=True)
    subgraph = parts.add_parser("subgraph")
    subgraph.add_argument("name")
    for part in (subgraph, *(parts.add_parser(name) for name in _ON_ONE_PORT)):
        part.add_argument("--port", type=int, required=True)
    chosen = parser.parse_args()
    if chosen.part == "app":
        run_app(chosen.router_port, chosen.web_port, chosen.pos_port)
    elif chosen.part == "subgraph":
        run_subgraph(chosen.name, chosen.port)
    else:
        _ON_ONE_PORT[chosen.part](chosen.port)


if __name__ == "__main__":
    main()
