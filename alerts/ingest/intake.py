"""One batch from the wire to alerts, all of it in one transaction."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef

from alerts import sql, watches
from alerts.evaluation import Reading
from alerts.ingest.reading import Item, Rejected, read_batch
from alerts.ingest.storing import Placed, place, store
from alerts.judging import Readings, judge_readings
from alerts.models import AlertRule, RuleState
from alerts.writing import Notify
from teams.access import Actor, Permission, require
from teams.models import Team


@dataclass(frozen=True, slots=True)
class IngestResult:
    """How many measurements were taken, and which were not, by index."""

    accepted: int
    rejected: list[Rejected]


def ingest(actor: Actor, batch: object, now: datetime) -> IngestResult:
    """Take a batch `{"notify", "measurements": [...]}`: store what is sound, evaluate it, answer for each that is not.

    Measurements of a disabled test are stored for the views and not judged. A ValidationError where the batch itself
    cannot be read.
    """
    require(actor, Permission.EDIT)
    notify, items, rejected = read_batch(batch, now)
    accepted = _take(actor, items, rejected, notify, now) if items else 0
    return IngestResult(accepted, sorted(rejected, key=lambda item: item.index))


@transaction.atomic
def _take(actor: Actor, items: Sequence[Item], rejected: list[Rejected], notify: Notify, now: datetime) -> int:
    sql.hold_intake(actor.team)
    placed = place(actor.team, items, rejected)
    stored = store(actor.team, placed, rejected, now)
    readings = _readings(stored)
    if readings:
        found = watches.lock_all(_watched(actor.team, readings))
        judge_readings(Actor.system(actor.team), found, readings, now, notify)
    return len(stored)


def _readings(stored: Sequence[Placed]) -> Readings:
    readings: dict[tuple[int, str], list[Reading]] = defaultdict(list)
    for item, test in stored:
        if test.enabled:
            readings[test.id, item.metric].append(Reading(item.source, item.metric, item.epoch, item.value))
    return readings


def _watched(team: Team, readings: Readings) -> watches.StateRows:
    """The states of enabled rules that ask for one of the metrics, on the tests that got some."""
    metrics = {metric for _, metric in readings}
    asking = AlertRule.objects.of(team).filter(enabled=True, conditions__metric__in=metrics)
    # Two IN lists over the unique index (rule, test) would make SQLite try every pair.
    return RuleState.objects.filter(Exists(asking.filter(pk=OuterRef("rule_id"))), test__in={t for t, _ in readings})
