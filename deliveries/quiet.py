"""When not to tell, and until when: mutes, maintenance, the hours of a rule, the least gap between its messages."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import Q

from alerts.hours import opens_at
from alerts.maintenance import windows_now
from alerts.models import AlertEvent, EventType, Mute
from deliveries.addressees import Place
from deliveries.models import DeliveryReason, LastTold
from deliveries.sql import pacing
from teams.models import Team

LOOK_AGAIN = timedelta(hours=24)  # at what has no end of its own
AHEAD = timedelta(minutes=1)  # that clocks of several machines differ; what was told later was told by a wrong one


class Hold(NamedTuple):
    """Why something is held back, and until when it is at least."""

    reason: DeliveryReason
    until: datetime


@dataclass(slots=True)
class Quiet:
    """What keeps a list of events back. `gaps` are when each rule may tell each place again, `maintained` when the
    maintenance of each test that is in it ends."""

    now: datetime
    mutes: list[Mute] = field(default_factory=list)
    gaps: dict[tuple[int, Place], datetime] = field(default_factory=dict)
    maintained: dict[int, datetime] = field(default_factory=dict)
    told: set[tuple[int, int, Place]] = field(default_factory=set)

    def hold(self, event: AlertEvent, place: Place) -> Hold | None:
        """Why `event` is not told there now; None where it may be."""
        alert = event.alert
        if alert.drill:
            return None
        whole = self._muted(event) or self._in_maintenance(event) or self._outside_hours(event)
        return whole or self._too_soon(alert.rule_id, event, place)

    def note_told(self, event: AlertEvent, place: Place) -> None:
        """Something of the rule is told there at this moment; the gap to the next begins."""
        if event.alert.rule.least_gap_minutes and not event.alert.drill:
            self.told.add((event.team_id, event.alert.rule_id, place))

    def write(self) -> None:
        """Remember what was told for the gaps to come."""
        pacing.remember_told(sorted(self.told), self.now)

    def _muted(self, event: AlertEvent) -> Hold | None:
        ends = [each.until or self.now + LOOK_AGAIN for each in self.mutes if _concerns(each, event)]
        return Hold(DeliveryReason.MUTED, max(ends)) if ends else None

    def _in_maintenance(self, event: AlertEvent) -> Hold | None:
        """Nothing is triggered then; what becomes of alerts from before can wait."""
        until = self.maintained.get(event.alert.test_id or 0)
        return Hold(DeliveryReason.MAINTENANCE, until) if until else None

    def _outside_hours(self, event: AlertEvent) -> Hold | None:
        hours = event.alert.rule.hours
        until = opens_at(hours, event.severity, self.now) if hours else None
        return Hold(DeliveryReason.OUTSIDE_HOURS, until) if until else None

    def _too_soon(self, rule_id: int, event: AlertEvent, place: Place) -> Hold | None:
        """An escalation is late already."""
        until = self.gaps.get((rule_id, place))
        if until is None or until <= self.now or event.type == EventType.ESCALATED:
            return None
        return Hold(DeliveryReason.LEAST_GAP, until)


def quiet_for(events: Sequence[AlertEvent], now: datetime) -> Quiet:
    """What keeps back `events` now, read with a few queries, however many there are."""
    spaced = {rule.pk: rule.least_gap_minutes for rule in (event.alert.rule for event in events)}
    quiet = Quiet(now, mutes_at({event.team_id for event in events}, now))
    for team, tests in _tests_by_team(events).items():
        quiet.maintained |= windows_now(team, tests, now)
    gaps = {pk: timedelta(minutes=minutes) for pk, minutes in spaced.items() if minutes}
    for row in LastTold.objects.filter(rule__in=gaps, at__lte=now + AHEAD) if gaps else ():
        quiet.gaps[row.rule_id, (row.integration_id, row.recipient)] = row.at + gaps[row.rule_id]
    return quiet


def _tests_by_team(events: Sequence[AlertEvent]) -> dict[Team, set[int]]:
    """The tests of alerts that are not new."""
    found: dict[Team, set[int]] = {}
    for event in events:
        if event.type != EventType.TRIGGERED and event.alert.test_id:
            found.setdefault(event.alert.team, set()).add(event.alert.test_id)
    return found


def mutes_at(team_ids: Collection[int], now: datetime) -> list[Mute]:
    """The mutes of these teams that are on."""
    on = Mute.objects.filter(Q(until=None) | Q(until__gt=now), team__in=team_ids, ended_at=None, began_at__lte=now)
    return list(on)


def is_muted(mutes: Iterable[Mute], event: AlertEvent) -> bool:
    """Whether any of `mutes` concerns it."""
    return any(_concerns(each, event) for each in mutes)


def _concerns(mute: Mute, event: AlertEvent) -> bool:
    if mute.team_id != event.team_id:
        return False
    if mute.rule_id is not None:
        return mute.rule_id == event.alert.rule_id
    return mute.test_id is None or mute.test_id == event.alert.test_id
