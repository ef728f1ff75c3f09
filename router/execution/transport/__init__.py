"""Ways to reach subgraphs; plans run unchanged over each of them."""

from router.execution.transport.protocol import SubgraphUnavailable, Transport

__all__ = ["SubgraphUnavailable", "Transport"]
