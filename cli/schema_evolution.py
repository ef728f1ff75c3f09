"""What a changed graph means for its clients: what breaks them, and operations of theirs that it cannot answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from router.evolution import BrokenOperation, Comparison, broken_operations, compare
from router.offline_graph import OfflineGraph

SUPERGRAPH: Final = Path("supergraph.graphql")
_OPERATIONS: Final = "operations"


@dataclass(frozen=True, slots=True)
class SchemaEvolution:
    """From the supergraph that is published to the one the code composes; None where that is the same."""

    comparison: Comparison | None
    operations: tuple[BrokenOperation, ...]

    @property
    def breaking(self) -> list[str]:
        """Each breaking change in a line."""
        changes = self.comparison.breaking if self.comparison else ()
        return [f"{change.kind}: {change.description}" for change in changes]

    @property
    def dangerous(self) -> list[str]:
        """Each change that may surprise a client, in a line."""
        changes = self.comparison.dangerous if self.comparison else ()
        return [f"{change.kind}: {change.description}" for change in changes]

    @property
    def broken(self) -> list[str]:
        """Each broken operation in a line."""
        return [f"{broken.file} {broken.operation}".rstrip() + f": {broken.reasons[0]}" for broken in self.operations]


def evolution_of(folder: Path, differing: Mapping[Path, str]) -> SchemaEvolution:
    """Compare the supergraph in `folder` with the one among the texts that shall replace its files."""
    published = folder / SUPERGRAPH
    old = OfflineGraph(published.read_text()) if published.exists() else None
    wanted = differing.get(SUPERGRAPH)
    current = OfflineGraph(wanted) if wanted is not None else old
    comparison = compare(old, current) if old and current and wanted is not None else None
    broken = broken_operations(current, folder / _OPERATIONS) if current else ()
    return SchemaEvolution(comparison, tuple(broken))
