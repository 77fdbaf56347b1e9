"""Fire drills: a marked trigger and clear through the real route of a rule, and what came of it everywhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Q, QuerySet

from alerts import lifecycle
from alerts.models import Alert, AlertRule
from deliveries.models import UNFINISHED, Delivery, DeliveryReason, DeliveryState, Drill
from deliveries.sentences import sentence, whom
from teams import audit, counters
from teams.access import Actor, Permission, require
from teams.errors import Conflict, TooOften

EVERY = timedelta(seconds=5)
WEEK = timedelta(days=7)
OVERDUE = timedelta(days=8)
PATIENCE = timedelta(minutes=10)  # after which what is still under way counts as not told
DRILLS_AN_HOUR, HOUR = 30, 3600
AT_ONCE = 100
# Nobody expected these to be told, so they are no failure of the route.
AS_MEANT = frozenset(
    (
        *(DeliveryReason.NEVER_TOLD, DeliveryReason.RULE_NOT_ON_CLEAR, DeliveryReason.EVENT_NOT_CHOSEN),
        *(DeliveryReason.BELOW_SEVERITY, DeliveryReason.NEWER_EVENT, DeliveryReason.SHADOW),
        *(DeliveryReason.OWN_ACTION, DeliveryReason.SAID_THERE),
    )
)


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one delivery (its id) of a drill: `ok` is null while it is under way, or where none was meant."""

    whom: str
    event: str
    ok: bool | None
    words: str
    delivery: int


def start(actor: Actor, rule: AlertRule, now: datetime, *, scheduled: bool = False) -> Drill:
    """Begin a drill. Conflict while one of it runs, or it is disabled or gone; TooOften beyond 30 an hour and team."""
    require(actor, Permission.ACT)
    with transaction.atomic():
        # Not so hard that an intake waits, which has the team's numbers that are wanted next.
        locked = AlertRule.objects.of(actor.team).select_for_update(of=("self",), no_key=True)
        found = locked.filter(pk=rule.pk).first()
        if found is None:
            raise Conflict("This rule was deleted.")
        if not found.enabled:
            raise Conflict("This rule is disabled, so nobody would hear of it.")
        if Drill.objects.filter(rule=found, finished_at=None).exists():
            raise Conflict("A fire drill of this rule is under way.")
        if counters.count(f"drill:{actor.team.pk}", HOUR, now) > DRILLS_AN_HOUR:
            wait = counters.seconds_left(HOUR, now)
            raise TooOften(f"At most {DRILLS_AN_HOUR} fire drills an hour are run. Try again in {wait} s.", wait)
        test = found.tests.filter(archived_at=None).order_by("pk").first()
        alert = lifecycle.drill(actor, found, test, now)
        about: dict[str, Any] = {"number": alert.number, "began_at": now, "scheduled": scheduled}
        made = Drill.objects.create(team=actor.team, rule=found, by_text=actor.text[:200], **about)
        audit.record(actor, "rule.drilled", found, {"alert": [None, f"#{alert.number}"]})
    return made


def run(now: datetime) -> None:
    """Begin the weekly drills that are due, and bring on those under way."""
    for rule in _due(now)[:AT_ONCE]:
        try:
            start(Actor.system(rule.team), rule, now, scheduled=True)
        except (Conflict, TooOften):
            continue  # its turn comes
    for drill in Drill.objects.filter(finished_at=None).select_related("team", "rule").order_by("began_at")[:AT_ONCE]:
        _bring_on(drill, now)


def results(drill: Drill, zone: tzinfo = UTC) -> list[Result]:
    """By event, in the order of being told; times are said in `zone`."""
    return [_result(row, zone) for row in deliveries_of(drill)]


def deliveries_of(drill: Drill) -> QuerySet[Delivery]:
    """What its alert was owed, but for silent updates; gone when it is old."""
    rows = Delivery.objects.filter(alert__team=drill.team_id, alert__number=drill.number, in_place=False)
    return rows.select_related("integration", "event", "lane", "stands_in_for").order_by("event_id", "pk")


def latest_of(rules: Sequence[AlertRule]) -> dict[int, Drill]:
    """The last drill of each of the rules that had one, by the rule's id; one query."""
    newest = Drill.objects.filter(rule__in=[rule.pk for rule in rules]).order_by().values("rule")
    newest = newest.annotate(last=Max("pk"))
    return {drill.rule_id: drill for drill in Drill.objects.filter(pk__in=newest.values("last"))}


def trouble_with(rule: AlertRule, last: Drill | None, now: datetime) -> str:
    """Why the rule's route is in doubt, in a sentence; empty where its last drill went well and is not too old."""
    if last is not None and last.ok is False:
        return f"The last fire drill failed: {last.words}"
    since = last.began_at if last else rule.updated_at
    if rule.drill_weekly and rule.enabled and now - since > OVERDUE:
        return "The weekly fire drill is overdue."
    return ""


def _due(now: datetime) -> QuerySet[AlertRule]:
    """Enabled rules with a weekly drill that had none within a week."""
    recent = Drill.objects.filter(rule=OuterRef("pk"), began_at__gt=now - WEEK)
    rules = AlertRule.objects.filter(Q(drill_weekly=True, enabled=True, archived_at=None), ~Exists(recent))
    return rules.select_related("team").order_by("pk")


@transaction.atomic
def _bring_on(drill: Drill, now: datetime) -> None:
    """Clear its alert when the trigger came to its end everywhere; finish it when the clear did."""
    # Itself alone is locked: of deliveries, nobody locks any before their lanes.
    if not Drill.objects.select_for_update(no_key=True).filter(pk=drill.pk, finished_at=None).exists():
        return
    rows = list(deliveries_of(drill))
    late = now - drill.began_at > PATIENCE
    if any(row.state in UNFINISHED for row in rows) and not late:
        return
    alert = Alert.objects.filter(team=drill.team, number=drill.number, cleared_at=None).first()
    if alert is not None:
        lifecycle.end_drill(Actor.system(drill.team), alert, now)
        if not late:
            return
    found = [_result(row) for row in rows]
    failed = [f"{each.whom}: {each.words}" for each in found if each.ok is False or (late and each.ok is None)]
    if not any(each.ok for each in found) and not failed:
        failed = ["nobody was told"]
    drill.finished_at, drill.ok, drill.words = now, not failed, "; ".join(failed)[:500]
    drill.save(update_fields=["finished_at", "ok", "words"])


def _result(row: Delivery, zone: tzinfo = UTC) -> Result:
    ok: bool | None = None
    if row.state == DeliveryState.DELIVERED:
        ok = True
    elif row.state not in UNFINISHED and row.reason not in AS_MEANT:
        ok = False
    return Result(whom(row), row.event.type, ok, sentence(row, zone=zone), row.pk)
