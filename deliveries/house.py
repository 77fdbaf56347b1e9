"""The state of the house, for operators: who lives, what waits, what was found. No names of teams or integrations."""

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DatabaseError
from django.db.models import Count

from alerts.models import Alert
from deliveries import heartbeats
from deliveries.auditing import alarms, ledger
from deliveries.models import Finding, Heartbeat, Tally
from deliveries.sql import house as sql
from deliveries.sql.house import LaneCounts
from integrations.models import Health
from teams.models import Timer

STUCK = timedelta(minutes=1)
RETIRED = timedelta(days=1)
AUDITED = timedelta(minutes=3)


@dataclass(frozen=True, slots=True)
class House:
    """What is true now; sizes in bytes. `pending` and `sending` count 100,000 at most in all."""

    now: datetime
    senders: list[Heartbeat]
    lanes: LaneCounts
    pending: int
    sending: int
    parked: int
    alerts: dict[str, int]
    findings: list[Finding]
    timers: list[Timer]
    tallies: list[Tally]
    audited_at: datetime | None
    database: str
    database_bytes: int
    disk_free: int

    @property
    def oldest_due(self) -> timedelta:
        """How long the lane has waited that is due for longest and that nobody holds."""
        oldest = self.lanes.oldest_due_at
        return max(timedelta(0), self.now - oldest) if oldest else timedelta(0)

    @property
    def troubles(self) -> list[str]:
        """What is wrong, a sentence each; empty where all is well."""
        return troubles_of(bool(self.senders), self.oldest_due, self.audited_at, self.findings, self.now)


def look(now: datetime) -> House:
    """A constant number of queries."""
    counts = sql.open_counts()
    return House(
        now=now,
        senders=list(heartbeats.alive(now)),
        lanes=sql.lane_counts(now),
        pending=counts["pending"],
        sending=counts["sending"],
        parked=Health.objects.filter(parked_at__isnull=False, integration__archived_at=None).count(),
        alerts=dict(Alert.objects.active().order_by().values_list("severity").annotate(Count("pk"))),
        findings=list(Finding.objects.all()),
        timers=list(Timer.objects.filter(next_at__gt=now - RETIRED).order_by("name")),
        tallies=list(Tally.objects.order_by("family", "name", "kind")),
        audited_at=ledger.last_turn(),
        database=sql.database_version(),
        database_bytes=sql.database_bytes(),
        disk_free=shutil.disk_usage(settings.DATA_DIR).free,
    )


def troubles(now: datetime) -> list[str]:
    """As House.troubles, with the few queries that needs."""
    lanes = sql.lane_counts(now)
    waited = now - lanes.oldest_due_at if lanes.oldest_due_at else timedelta(0)
    return troubles_of(
        heartbeats.alive(now).exists(), waited, ledger.last_turn(), Finding.objects.filter(open__gt=0), now
    )


def sender_lives(now: datetime) -> bool:
    """Whether one was seen lately; False where the database cannot say."""
    try:
        return heartbeats.alive(now).exists()
    except DatabaseError:
        return False


def troubles_of(
    sender: bool, waited: timedelta, audited_at: datetime | None, findings: Iterable[Finding], now: datetime
) -> list[str]:
    """The sentences."""
    found = [] if sender else ["No sender was seen for a minute."]
    if waited > STUCK:
        found.append(
            f"The oldest lane that is due has waited for {int(waited.total_seconds())} s, and nobody holds it."
        )
    if audited_at is None or audited_at < now - AUDITED:
        found.append("The auditor has not come to its end for three minutes.")
    return [*found, *(alarms.line(finding) for finding in findings if finding.open)]
