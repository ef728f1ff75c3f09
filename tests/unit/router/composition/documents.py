"""Writing subgraphs for tests in two lines: the link and the sources around an SDL."""

from collections.abc import Mapping

from router.composition import SubgraphSource
from router.composition.federation_specification import directives_of


def linked(sdl: str, minor: int = 9) -> str:
    """The SDL as a Federation 2 subgraph that imports every directive of its version."""
    imports = ", ".join(f'"@{directive.name}"' for directive in directives_of(minor))
    return f'extend schema @link(url: "https://specs.apollo.dev/federation/v2.{minor}", import: [{imports}])\n{sdl}'


def sources(graph: Mapping[str, str]) -> list[SubgraphSource]:
    """The graph's subgraphs; an SDL without a link of its own gets one."""
    return [
        SubgraphSource(name, f"http://{name}.example/graphql", sdl if "@link" in sdl else linked(sdl))
        for name, sdl in graph.items()
    ]


def version_one(sdl: str) -> str:
    """The SDL with a link that leaves it a Federation 1 subgraph."""
    return f'extend schema @link(url: "https://specs.apollo.dev/link/v1.0")\n{sdl}'
