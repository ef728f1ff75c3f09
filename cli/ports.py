"""Which loopback port each part of the product listens on."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

from cli.errors import CommandError

CONTEXTS: Final = ("identity", "catalog", "inventory", "orders", "payments")
_LOWEST: Final = 1024
_HIGHEST: Final = 65_535
_SPAN: Final = 101 + len(CONTEXTS)


@dataclass(frozen=True, slots=True)
class Ports:
    """Ports of one running product. None means: any free one, remembered in the state folder."""

    web_bff: int = 8000
    router: int = 4000
    identity_provider: int = 8081
    payment_sandbox: int = 8082
    smtp: int = 8025
    worker: int = 8083
    pos_bff: int = 8001
    postgres: int | None = None
    redis: int | None = None
    first_subgraph: int = 4101

    @classmethod
    def from_base(cls, base: int) -> Self:
        """The block of ports that `--port-base` chooses: web BFF at `base`, router next to it, subgraphs from +101.

        Raises:
            CommandError: the block does not fit between 1024 and 65535.
        """
        if not _LOWEST <= base <= _HIGHEST - _SPAN:
            raise CommandError(f"--port-base must lie between {_LOWEST} and {_HIGHEST - _SPAN}, not {base}")
        return cls(
            web_bff=base,
            router=base + 1,
            identity_provider=base + 2,
            payment_sandbox=base + 3,
            smtp=base + 4,
            postgres=base + 5,
            redis=base + 6,
            worker=base + 7,
            pos_bff=base + 8,
            first_subgraph=base + 101,
        )

    def subgraph(self, context: str) -> int:
        """The port of one subgraph."""
        return self.first_subgraph + CONTEXTS.index(context)

    def subgraphs(self) -> Mapping[str, int]:
        """The ports of all subgraphs."""
        return {context: self.subgraph(context) for context in CONTEXTS}
