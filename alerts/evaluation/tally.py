"""The count of violations in a window, kept in step with every change of a verdict.

H(rank) is "the rule counting violations at that rank or above"; both tallies answer it in constant time.
"""

from typing import Protocol

from alerts.evaluation.rules import RuleSpec
from channels_app.words import RANK_SEVERITY

RANKS = len(RANK_SEVERITY)


class Tally(Protocol):
    """Counts of one window. Ranks go from 1 to RANKS."""

    def change(self, number: int, source: str, old: int, new: int) -> None:
        """Take that the verdict of `source` in round `number` went from rank `old` to `new`."""

    def require(self, minimum: int) -> None:
        """Set the rule's minimum of violating sources."""

    def holds(self, rank: int) -> bool:
        """H(rank) at the rule's minimum."""

    def holds_for_one(self, rank: int) -> bool:
        """H(rank) at minimum 1."""


def tally_for(spec: RuleSpec) -> Tally:
    """The empty tally of the rule's mode."""
    return RoundTally(spec.rounds_required) if spec.mode == "any" else SourceTally(spec.rounds_required)


class RoundTally:
    """Mode `any`: enough rounds, each with enough violating sources."""

    def __init__(self, rounds_required: int) -> None:
        self._required = rounds_required
        self._minimum = 1
        self._sources: dict[int, list[int]] = {}  # round -> violating sources, at each rank or above
        self._rounds = [0] * (RANKS + 1)  # rounds with the minimum, at each rank or above
        self._rounds_for_one = [0] * (RANKS + 1)

    def change(self, number: int, source: str, old: int, new: int) -> None:
        counts = self._sources.setdefault(number, [0] * (RANKS + 1))
        for rank in range(old + 1, new + 1):
            counts[rank] += 1
            self._rounds_for_one[rank] += counts[rank] == 1
            self._rounds[rank] += counts[rank] == self._minimum
        for rank in range(new + 1, old + 1):
            self._rounds_for_one[rank] -= counts[rank] == 1
            self._rounds[rank] -= counts[rank] == self._minimum
            counts[rank] -= 1
        if not counts[1]:
            del self._sources[number]

    def require(self, minimum: int) -> None:
        if minimum != self._minimum:
            self._minimum = minimum
            for rank in range(1, RANKS + 1):
                self._rounds[rank] = sum(counts[rank] >= minimum for counts in self._sources.values())

    def holds(self, rank: int) -> bool:
        return self._rounds[rank] >= self._required

    def holds_for_one(self, rank: int) -> bool:
        return self._rounds_for_one[rank] >= self._required


class SourceTally:
    """Mode `exact`: enough sources, each violating in enough rounds."""

    def __init__(self, rounds_required: int) -> None:
        self._required = rounds_required
        self._minimum = 1
        self._rounds: dict[str, list[int]] = {}  # source -> rounds violated, at each rank or above
        self._sources = [0] * (RANKS + 1)  # sources with enough rounds, at each rank or above

    def change(self, number: int, source: str, old: int, new: int) -> None:
        counts = self._rounds.setdefault(source, [0] * (RANKS + 1))
        for rank in range(old + 1, new + 1):
            counts[rank] += 1
            self._sources[rank] += counts[rank] == self._required
        for rank in range(new + 1, old + 1):
            self._sources[rank] -= counts[rank] == self._required
            counts[rank] -= 1
        if not counts[1]:
            del self._rounds[source]

    def require(self, minimum: int) -> None:
        self._minimum = minimum

    def holds(self, rank: int) -> bool:
        return self._sources[rank] >= self._minimum

    def holds_for_one(self, rank: int) -> bool:
        return self._sources[rank] >= 1
