"""Why a command ends with 1."""

from collections.abc import Sequence
from enum import StrEnum

from router.composition.errors import Finding


class CommandFailed(Exception):
    """The message is for the person at the command line."""


class CheckFailed(CommandFailed):
    """A check said no and has printed why; there is nothing to add."""


class SourceErrorCode(StrEnum):
    """Codes of graphs that cannot even be read, so that composition never starts."""

    CONFIG_INVALID = "CONFIG_INVALID"
    CONFIG_UNREADABLE = "CONFIG_UNREADABLE"
    SDL_EMPTY = "SDL_EMPTY"
    SDL_NOT_UTF8 = "SDL_NOT_UTF8"
    SDL_UNREADABLE = "SDL_UNREADABLE"
    SUBGRAPH_ANSWER_INVALID = "SUBGRAPH_ANSWER_INVALID"
    SUBGRAPH_TIMED_OUT = "SUBGRAPH_TIMED_OUT"
    SUBGRAPH_UNREACHABLE = "SUBGRAPH_UNREACHABLE"


class SourceError(Finding[SourceErrorCode]):
    """One thing that cannot be read; `coordinate` is a field of the file."""

    __slots__ = ()


class SourcesUnreadable(CommandFailed):
    """The graph's file or a subgraph's SDL cannot be read; `errors` has every reason."""

    def __init__(self, errors: Sequence[SourceError]) -> None:
        self.errors = tuple(errors)
        super().__init__(self.errors)
