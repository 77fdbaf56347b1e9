"""One batch from the wire to alerts, all of it in one transaction."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from alerts import sql, watches
from alerts.evaluation import Reading
from alerts.ingest import caps
from alerts.ingest.reading import Item, Rejected, read_batch
from alerts.ingest.storing import Placed, store
from alerts.judging import Readings, judge_readings
from alerts.writing import Notify
from teams import quotas
from teams.access import Actor, Permission, require

TRIES = 3


@dataclass(frozen=True, slots=True)
class IngestResult:
    """How many measurements were taken, and which were not, by index."""

    accepted: int
    rejected: list[Rejected]


def ingest(actor: Actor, batch: object, now: datetime) -> IngestResult:
    """Take a batch `{"notify", "measurements": [...]}`: store what is sound, evaluate it, answer for each that is not.

    Measurements of a disabled test are stored for the views and not judged. A ValidationError where the batch itself
    cannot be read; TooOften or TooMuch beyond the team's quotas (teams.quotas, alerts.ingest.caps), and then nothing of
    it is taken.
    """
    require(actor, Permission.EDIT)
    notify, items, rejected = read_batch(batch, now)
    if items:
        quotas.take_measurements(actor.team, len(items), now)
    accepted, refused = _take_surely(actor, items, notify, now) if items else (0, [])
    return IngestResult(accepted, sorted([*rejected, *refused], key=lambda item: item.index))


def _take_surely(actor: Actor, items: Sequence[Item], notify: Notify, now: datetime) -> tuple[int, list[Rejected]]:
    """Anew where a series of it was let go between our look and our commit: all rolled back, and it is made again."""
    tries_left = TRIES
    while True:
        rejected: list[Rejected] = []
        try:
            return _take(actor, items, rejected, notify, now), rejected
        except IntegrityError:
            tries_left -= 1
            if not tries_left:
                raise


@transaction.atomic
def _take(actor: Actor, items: Sequence[Item], rejected: list[Rejected], notify: Notify, now: datetime) -> int:
    sql.hold_intake(actor.team)
    placed = store(actor.team, items, rejected, now)
    judged = [(item, spot) for item, spot in placed if spot.enabled]
    if judged:
        intervals = {spot.test_id: spot.interval for _, spot in judged}
        found = watches.lock_asking(actor.team, intervals, {item.metric for item, _ in judged})
        events = judge_readings(Actor.system(actor.team), found, _readings(judged), now, notify)
        caps.refuse_too_many(actor.team, events)
    return len(placed)


def _readings(judged: Sequence[Placed]) -> Readings:
    readings: dict[tuple[int, str], list[Reading]] = defaultdict(list)
    for item, spot in judged:
        readings[spot.test_id, item.metric].append(Reading(item.source, item.metric, item.epoch, item.value))
    return readings
