"""The values behind a change: which sources violated and with what, or how they stood at the end."""

from dataclasses import dataclass, replace
from typing import Literal

from alerts.evaluation.ledger import Ledger
from alerts.evaluation.state import Report, State

MAX_SOURCES = 50

What = Literal["opened", "cleared", "severity"]
Reason = Literal["recovered", "rule_changed", "no_data"]
Evidence = dict[str, dict[str, float]]


@dataclass(frozen=True, slots=True)
class Change:
    """Something that happened to an alert in round `round`, with its severity's rank from then on.

    `reason` is set for clears. `evidence` is source -> metric -> value for at most MAX_SOURCES sources, worst first: of
    a clear the last values in the window, else each violating source's newest violating report in it. `violating`
    counts the sources with a violating report in the window, `heard` those of this and the previous 10 rounds.
    """

    what: What
    round: int
    rank: int
    reason: Reason | None
    evidence: Evidence
    violating: int
    heard: int


def change_of(ledger: Ledger, what: What, rank: int, reason: Reason | None = None) -> Change:
    """The change at the ledger's newest round, with its evidence."""
    return Change(
        what=what,
        round=ledger.state.newest or 0,
        rank=rank,
        reason=reason,
        evidence=_bounded(_last_reports(ledger.state, what)),
        violating=_violating(ledger.state, what),
        heard=ledger.heard,
    )


def made_whole(ledger: Ledger, change: Change) -> Change:
    """The change as its round stands now, where that is the newest one and more sources violate or were heard."""
    if change.what == "cleared" or change.round != ledger.state.newest:
        return change
    if _violating(ledger.state, change.what) > change.violating:
        return change_of(ledger, change.what, change.rank)
    return change if change.heard == ledger.heard else replace(change, heard=ledger.heard)


def _violating(state: State, what: What) -> int:
    return len(set().union(*_violations(state, what).values()))


def _violations(state: State, what: What) -> dict[int, dict[str, int]]:
    """What opens an alert is what was measured outside maintenance; how it stands is all that was measured."""
    return state.loud_violations() if what == "opened" else state.violations


def _last_reports(state: State, what: What) -> dict[str, tuple[int, Report]]:
    last: dict[str, tuple[int, Report]] = {}
    violations = _violations(state, what)
    for number, reports in sorted(state.values.items()):
        ranks = violations.get(number, {})
        for name in reports if what == "cleared" else ranks:
            last[name] = ranks.get(name, 0), reports[name]
    return last


def _bounded(reports: dict[str, tuple[int, Report]]) -> Evidence:
    worst_first = sorted(reports, key=lambda name: (-reports[name][0], name))
    return {name: _values(reports[name][1]) for name in worst_first[:MAX_SOURCES]}


def _values(report: Report) -> dict[str, float]:
    return {metric: entry[1] for metric, entry in sorted(report.items())}
