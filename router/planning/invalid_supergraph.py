"""Why a document is refused as a supergraph."""

from enum import StrEnum


class SupergraphFault(StrEnum):
    """The codes of refused supergraphs, in logs and on the command line."""

    UNREADABLE = "SUPERGRAPH_UNREADABLE"
    SYNTAX = "SUPERGRAPH_SYNTAX"
    NOT_COMPOSED = "SUPERGRAPH_NOT_COMPOSED"
    UNKNOWN_JOIN_VERSION = "SUPERGRAPH_UNKNOWN_JOIN_VERSION"
    UNSUPPORTED_FEATURE = "SUPERGRAPH_UNSUPPORTED_FEATURE"
    INCONSISTENT = "SUPERGRAPH_INCONSISTENT"


class InvalidSupergraph(Exception):
    """The document is no supergraph, or none for this router; the message says what is missing or wrong."""

    def __init__(self, message: str, code: SupergraphFault = SupergraphFault.INCONSISTENT) -> None:
        super().__init__(message)
        self.code = code
