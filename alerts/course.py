"""Joins what the rounds say and what absence says into the one alert of a watch.

The alert stands at the higher rank of both; it opens when the first holds it and clears when the last lets it go. A
closed-by-hand hold counts as nothing, so that it opens nothing and tells nothing.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from alerts.evaluation import Change
from alerts.happenings import Happening, What
from alerts.models import ClearedReason
from alerts.snapshots import evidence_of
from alerts.watches import Watch
from channels_app.words import RANK_SEVERITY


@dataclass(frozen=True, slots=True)
class Moment:
    """What becomes of an alert that opens or clears now: when, why, with what detail."""

    at: datetime
    reason: ClearedReason = ClearedReason.RECOVERED
    opened_by: Literal["violated", "no_data"] = "violated"
    what: What = "opened"


class Course:
    """One judgement over a watch; begin it before the state is fed. `happenings` gather in order."""

    def __init__(self, watch: Watch, now: datetime) -> None:
        self.happenings: list[Happening] = []
        self._watch = watch
        self._now = now
        self._measured = watch.measured_rank
        self._absent = watch.absent_rank
        self._was_held = watch.is_held

    @property
    def pair(self) -> tuple[int, int]:
        """The (rule id, test id) that it is about."""
        return self._watch.rule_id, self._watch.test_id

    @property
    def released(self) -> bool:
        """Whether the hold of an alert closed by hand ended."""
        return self._was_held and not self._watch.is_held

    def follow(self, changes: list[Change]) -> None:
        """Take what evaluation found in the rounds."""
        for change in changes:
            measured = 0 if change.what == "cleared" else change.rank
            self._move(measured, self._absent, self._moment(change), evidence_of(change))

    def settle_absences(self, reason: ClearedReason = ClearedReason.RECOVERED) -> None:
        """Take the absences as they now stand in the watch; `reason` is for an alert that clears by it."""
        absent = sorted(metric for metric in self._watch.absences if metric)
        self._move(
            self._measured, self._watch.absent_rank, Moment(self._now, reason), {"absent": absent} if absent else {}
        )

    def lose_data(self, minutes: int) -> None:
        """Tell that all data stopped: opens the alert at the rule's severity, or is an event of the open one.

        The opened alert is an episode of the rounds, so that the first good complete round ends it.
        """
        moment = Moment(self._now, opened_by="no_data", what="no_data")
        if self._measured or self._absent:
            rank = max(self._measured, self._absent)
            self._tell("no_data", rank, moment, {"minutes": minutes})
            return
        self._move(self._watch.measured_rank, self._absent, moment, {"minutes": minutes})

    def _moment(self, change: Change) -> Moment:
        reason = ClearedReason(change.reason or ClearedReason.RECOVERED)
        by_round = change.reason in (None, "recovered")
        at = datetime.fromtimestamp(change.round * self._watch.spec.interval, UTC) if by_round else self._now
        return Moment(at, reason)

    def _move(self, measured: int, absent: int, moment: Moment, detail: dict[str, Any]) -> None:
        before, after = max(self._measured, self._absent), max(measured, absent)
        self._measured, self._absent = measured, absent
        if before == after:
            return
        if not after:
            self._tell("cleared", before, moment, detail)
        elif not before:
            self._tell(moment.what, after, moment, detail)
        else:
            self._tell("severity", after, moment, detail)

    def _tell(self, what: What, rank: int, moment: Moment, detail: dict[str, Any]) -> None:
        if self._watch.quiet_until > self._now.timestamp():
            end = datetime.fromtimestamp(self._watch.quiet_until, UTC)
            detail = detail | {"maintenance_until": end.isoformat().replace("+00:00", "Z")}
        self.happenings.append(
            Happening(
                what=what,
                rule_id=self._watch.rule_id,
                test_id=self._watch.test_id,
                at=moment.at,
                severity=RANK_SEVERITY[rank],
                reason=moment.reason if what == "cleared" else None,
                opened_by=moment.opened_by,
                detail=detail,
            )
        )
