"""What composition starts from."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SubgraphSource:
    """One subgraph as its owner publishes it: a name unique in the graph, the URL to reach it, and its SDL."""

    name: str
    url: str
    sdl: str
