"""The supergraph a command is given."""

from pathlib import Path

from router.command_line.failure import CommandFailed
from router.command_line.files import read_text
from router.offline_graph import OfflineGraph
from router.planning.invalid_supergraph import InvalidSupergraph, SupergraphFault


def open_supergraph(path: Path) -> OfflineGraph:
    """The graph in a file.

    Raises:
        CommandFailed: the file cannot be read or is no supergraph; the message has file, code and reason.
    """
    try:
        return OfflineGraph(read_text(path))
    except InvalidSupergraph as error:
        raise CommandFailed(refusal_of(path, error)) from error


def refusal_of(path: Path, error: InvalidSupergraph) -> str:
    """Why the file is refused, in words for a person."""
    # that one names the file by itself
    return str(error) if error.code is SupergraphFault.UNREADABLE else f"{path}: {error.code}: {error}"
