"""What evaluation remembers of one rule on one test between two batches, and its form as JSON."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

JsonDict = dict[str, Any]

# What a source said in one round: metric -> [observed_at, value], longer where it was measured in maintenance
# (alerts.evaluation.quiet). Shared with the JSON form: replaced, never changed.
Report = dict[str, list[float]]


class Reading(NamedTuple):
    """One measurement of the test: `observed_at` in epoch seconds."""

    source: str
    metric: str
    observed_at: float
    value: float


@dataclass(slots=True)
class Source:
    """The newest report of one source (round, rank, metrics sent), the one before, and when it was last received.

    Metrics are a set of bits: bit i stands for the metric at place i of the state's `metrics`.
    """

    newest: int
    rank: int
    metrics: int
    previous: int | None
    previous_metrics: int
    received_at: float

    def to_json(self) -> list[Any]:
        return [self.newest, self.rank, self.metrics, self.previous, self.previous_metrics, self.received_at]


@dataclass(slots=True)
class Episode:
    """An alert from its opening round on; `held_since` is set (epoch seconds) once closed by hand while violated."""

    opened: int
    raised: int
    rank: int
    held_since: float | None = None

    def to_json(self) -> list[Any]:
        return [self.opened, self.raised, self.rank, self.held_since]


@dataclass(slots=True)
class State:
    """The memory of one (rule, test).

    `newest` is the newest round judged. `values` are the reports of its window, by round and source; `violations` the
    ranks of those that violate. `metrics` are those seen so far, `received` when a metric of the rule was last received
    (epoch seconds, data too old to be judged included), `cleared` the round of the last clear. `hushed` are the ranks,
    by round and source, without what was measured in maintenance, where they differ from those in `violations`; such
    there are during an episode only.
    """

    newest: int | None = None
    values: dict[int, dict[str, Report]] = field(default_factory=dict)
    violations: dict[int, dict[str, int]] = field(default_factory=dict)
    hushed: dict[int, dict[str, int]] = field(default_factory=dict)
    metrics: list[str] = field(default_factory=list)
    sources: dict[str, Source] = field(default_factory=dict)
    received: dict[str, float] = field(default_factory=dict)
    episode: Episode | None = None
    cleared: int | None = None

    @property
    def is_open(self) -> bool:
        return self.episode is not None and self.episode.held_since is None

    @property
    def is_held(self) -> bool:
        """Closed by hand while violated, and neither a good round nor the time to reopen has come."""
        return self.episode is not None and self.episode.held_since is not None

    @property
    def last_received_at(self) -> float | None:
        return max(self.received.values(), default=None)

    def loud_violations(self) -> dict[int, dict[str, int]]:
        """The violations without those that were measured in maintenance alone."""
        if not self.hushed:
            return self.violations
        rounds = self.violations.keys() | self.hushed.keys()
        loud = {number: self.violations.get(number, {}) | self.hushed.get(number, {}) for number in rounds}
        return {number: {name: rank for name, rank in ranks.items() if rank} for number, ranks in loud.items()}

    def to_json(self) -> JsonDict:
        hushed = {"hushed": {str(number): ranks.copy() for number, ranks in self.hushed.items()}} if self.hushed else {}
        return hushed | {
            "newest": self.newest,
            "values": {str(number): reports.copy() for number, reports in self.values.items()},
            "violations": {str(number): ranks.copy() for number, ranks in self.violations.items()},
            "metrics": self.metrics.copy(),
            "sources": {name: source.to_json() for name, source in self.sources.items()},
            "received": self.received.copy(),
            "episode": self.episode and self.episode.to_json(),
            "cleared": self.cleared,
        }

    @classmethod
    def from_json(cls, data: JsonDict) -> "State":
        """The state that `to_json` wrote; of `{}` the empty one."""
        if not data:
            return cls()
        return cls(
            newest=data["newest"],
            values={int(number): reports.copy() for number, reports in data["values"].items()},
            violations={int(number): ranks.copy() for number, ranks in data["violations"].items()},
            hushed={int(number): ranks.copy() for number, ranks in data.get("hushed", {}).items()},
            metrics=data["metrics"].copy(),
            sources={name: Source(*source) for name, source in data["sources"].items()},
            received=data["received"].copy(),
            episode=Episode(*data["episode"]) if data["episode"] else None,
            cleared=data["cleared"],
        )
