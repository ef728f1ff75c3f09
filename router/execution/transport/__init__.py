"""Ways to reach subgraphs; plans run unchanged over each of them."""

from router.execution.transport.protocol import Failure, SubgraphAnswer, SubgraphCall, SubgraphUnavailable, Transport

__all__ = ["Failure", "SubgraphAnswer", "SubgraphCall", "SubgraphUnavailable", "Transport"]
