"""The table that `make bench` prints: what was found, the goal, and a limit that was measured in the same run."""

from collections.abc import Iterable
from dataclasses import dataclass

HEAD = ("what", "found", "goal", "CPU each", "limit", "found / limit", "limit is")


@dataclass(frozen=True)
class Row:
    """One line. `cpu` is what the product's processes spent on each item, in ms (0: not asked).

    `limit` is in the unit of `found`: the bare machine, or a peer, at the same thing in the same run. 0: none.
    """

    what: str
    found: float
    unit: str
    goal: str = ""
    cpu: float = 0.0
    limit: float = 0.0
    limit_is: str = ""

    def cells(self) -> tuple[str, ...]:
        return (
            self.what,
            f"{self.found:,.1f} {self.unit}",
            self.goal,
            f"{self.cpu:.3f} ms" if self.cpu else "",
            f"{self.limit:,.1f} {self.unit}" if self.limit else "",
            f"{self.found / self.limit:.2f}" if self.limit else "",
            self.limit_is,
        )


def markdown(title: str, rows: Iterable[Row]) -> str:
    """The rows as a Markdown table that reads well as plain text too."""
    lines = [HEAD, *(row.cells() for row in rows)]
    widths = [max(len(line[at]) for line in lines) for at in range(len(HEAD))]
    texts = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in lines
    ]
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([title, "", texts[0], rule, *texts[1:], ""])
