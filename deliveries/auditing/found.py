"""What a check found."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Found:
    """How many things were wrong, how many of them are right now, and which (ids or names; never a team's words)."""

    found: int = 0
    repaired: int = 0
    examples: tuple[int | str, ...] = ()

    @property
    def open(self) -> int:
        """What is still wrong."""
        return self.found - self.repaired

    @classmethod
    def of(cls, found: Sequence[int | str], repaired: int = 0) -> "Found":
        """Of the things themselves."""
        return cls(len(found), min(repaired, len(found)), tuple(found[:EXAMPLES]))


EXAMPLES = 10
NOTHING = Found()
