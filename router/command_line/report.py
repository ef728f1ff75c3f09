"""What the commands print for people: findings grouped by code, each with its place; colours only on a terminal."""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from itertools import groupby

from rich.console import Console
from rich.text import Text

from router.composition.errors import Finding


def open_console(*, is_error: bool) -> Console:
    """Standard output or standard error; lines are never broken, so that they can be searched."""
    return Console(stderr=is_error, highlight=False, soft_wrap=True, emoji=False)


def print_findings(console: Console, headline: str, findings: Iterable[Finding[StrEnum]], style: str) -> None:
    """The headline, then each code with its places below it."""
    console.print(Text(headline, "bold"))
    ordered = sorted(findings, key=lambda finding: (finding.code, finding.coordinate, finding.subgraphs))
    for code, group in groupby(ordered, key=lambda finding: str(finding.code)):
        console.print()
        console.print(Text(code, style))
        for finding in group:
            _print_one(console, finding)
    console.print()


def _print_one(console: Console, finding: Finding[StrEnum]) -> None:
    place = Text("  ")
    if finding.coordinate:
        place.append(finding.coordinate, "bold")
    if finding.subgraphs:
        place.append("  " if finding.coordinate else "")
        place.append(f"[{', '.join(finding.subgraphs)}]", "cyan")
    lines = finding.message.split("\n")
    if place.plain.strip():
        console.print(place)
    for line in lines:
        console.print(Text(f"    {line}" if place.plain.strip() else f"  {line}"))


def counted(number: int, noun: str) -> str:
    """`1 error`, `2 errors`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def as_json(findings: Sequence[Finding[StrEnum]]) -> list[dict[str, object]]:
    """Findings for tools."""
    return [
        {
            "code": str(finding.code),
            "coordinate": finding.coordinate or None,
            "subgraphs": list(finding.subgraphs),
            "message": finding.message,
        }
        for finding in findings
    ]
