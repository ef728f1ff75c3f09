"""How long composition takes beside Apollo's composer, on the same generated subgraphs.

usage: python -m bench.router.composing [--rounds N] [--seed S]
100 subgraphs with 2,000 types. Both compose in turns, in processes that have composed once before; the fastest of each
counts, in CPU time. What they compose has to be the same types and fields.
"""

import argparse
import json
import subprocess
import time
from collections.abc import Sequence

from graphql import ObjectTypeDefinitionNode, parse

from bench.router.npm import installed_peers
from bench.router.planning import SUBGRAPH_COUNT, TYPE_COUNT, Generated
from router.composition import SubgraphSource, compose
from router.planning.supergraph import Supergraph, SupergraphType

_LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable"])'


def subgraph_sdls(supergraph: Supergraph) -> dict[str, str]:
    """The SDL of each subgraph of the generated graph."""
    types = list(supergraph.types.values())
    return {
        name: "\n".join([_LINK, *(_printed(type_, name) for type_ in types if _is_at(type_, name))])
        for name in supergraph.subgraphs
    }


def _is_at(type_: SupergraphType, subgraph: str) -> bool:
    return any(subgraph in field.joins for field in type_.fields.values())


def _printed(type_: SupergraphType, subgraph: str) -> str:
    fields = " ".join(
        f"{field.name}: {field.type_name}{'' if field.name == 'id' or len(field.joins) == 1 else ' @shareable'}"
        for field in type_.fields.values()
        if subgraph in field.joins
    )
    key = ' @key(fields: "id")' if "id" in type_.fields else ""
    return f"type {type_.name}{key} {{ {fields} }}"


def _ours(sdls: dict[str, str]) -> tuple[float, str]:
    sources = [SubgraphSource(name, f"http://{name}.invalid", sdl) for name, sdl in sdls.items()]
    began = time.process_time()
    supergraph = compose(sources).supergraph_sdl
    return time.process_time() - began, supergraph


def _shape(supergraph_sdl: str) -> list[tuple[str, Sequence[str]]]:
    """The object types with the names of their fields."""
    return sorted(
        (node.name.value, sorted(field.name.value for field in node.fields or ()))
        for node in parse(supergraph_sdl, no_location=True).definitions
        if isinstance(node, ObjectTypeDefinitionNode)
    )


class _Apollo:
    """Their composer in a process that stays."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            installed_peers().command("compose.cjs"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def composed(self, sdls: dict[str, str]) -> tuple[float, str]:
        """Seconds of CPU time, and the supergraph."""
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("the composer has no pipes")
        self._process.stdin.write(json.dumps(sdls) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        return answer["seconds"], answer["supergraph"]

    def end(self) -> None:
        self._process.terminate()
        self._process.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    sdls = subgraph_sdls(Generated(options.seed).supergraph)
    apollo = _Apollo()
    try:
        ours, theirs = [_ours(sdls)], [apollo.composed(sdls)]
        if _shape(ours[0][1]) != _shape(theirs[0][1]):
            raise SystemExit("the two supergraphs are not the same")
        for _ in range(options.rounds):
            ours.append(_ours(sdls))
            theirs.append(apollo.composed(sdls))
    finally:
        apollo.end()
    best_ours, best_theirs = (min(seconds for seconds, _ in found[1:]) for found in (ours, theirs))
    size = sum(map(len, sdls.values())) // 1_000
    print(f"{SUBGRAPH_COUNT} subgraphs, {TYPE_COUNT} types, {size} kB of SDL; seconds of CPU time")
    print(f"ours    {best_ours:6.1f}")
    print(f"Apollo  {best_theirs:6.1f}   {best_theirs / best_ours:.2f} times ours")


if __name__ == "__main__":
    main()
