"""Alert events that were owed to somebody and that nobody decided about, and their decision.

An event was owed if its rule names an integration that was ticked before it; or, while nobody changed the rule since, a
recipient, a group while no group was changed either, or those that are used by default and are as they were then. Every
escalation names its own. The outbox writes at least one row for such an event, but for severities that fall, and for
reminders of what was held back then. Each event is looked at once, a minute after it was recorded, when every
transaction that wrote it is over.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from alerts.models import AlertEvent, EventType, RuleIntegration
from deliveries import outbox
from deliveries.auditing.found import NOTHING, Found
from deliveries.decisions import OPENING
from deliveries.models import Delivery, DeliveryState, Watermark
from integrations.models import GroupMember, Integration
from teams.models import AuditEntry

PATIENCE = timedelta(minutes=1)
# A tick that was committed only just before the event may not have been seen by who decided about it.
MARGIN = timedelta(minutes=1)
CHUNK = 20_000  # events a turn
WATERMARK = "auditing.events"
TOLD = (*OPENING, EventType.CLEARED)


def check(now: datetime) -> Found:
    """Look at the events since the last turn."""
    since, until = _span(now)
    if since >= until:
        return NOTHING
    lost = list(undecided(since, until))
    decided = _decide(lost, now) if lost else []
    Watermark.objects.update_or_create(pk=WATERMARK, defaults={"at": until})
    return Found.of(decided, len(decided))


def look_again(since: datetime) -> None:
    """Have the next turns look at everything since then once more."""
    Watermark.objects.update_or_create(pk=WATERMARK, defaults={"at": since})


def undecided(since: datetime, until: datetime) -> QuerySet[AlertEvent]:
    """Events recorded after `since` until `until` that have no delivery although somebody may have been owed one."""
    before = OuterRef("recorded_at") - MARGIN
    ticks = RuleIntegration.objects.filter(rule=OuterRef("alert__rule"), integration__builtin=False)
    ticked = ticks.filter(Q(since=None) | Q(since__lte=before))
    named = (~Q(alert__rule__recipients=[]) | _grouped(before) | _usual(before)) & Q(
        alert__rule__updated_at__lte=F("recorded_at") - MARGIN
    )
    recorded = AlertEvent.objects.filter(recorded_at__gt=since, recorded_at__lte=until)
    owed = (
        recorded.filter(type__in=TOLD)
        .filter(~Exists(Delivery.objects.filter(event=OuterRef("pk"))))
        .filter(Exists(ticked) | named | Q(type=EventType.ESCALATED))
        .exclude(Q(type=EventType.REMINDED) & Exists(_held_then()))
    )
    return owed.select_related("alert__rule", "alert__team", "actor").order_by("id")


def _grouped(before: Any) -> Q:
    """The rule ticks a group with somebody in it, and the team's groups are as they were."""
    members = GroupMember.objects.filter(group__rule_links__rule=OuterRef("alert__rule"))
    changed = AuditEntry.objects.filter(team=OuterRef("team"), action__startswith="group.", at__gt=before)
    return Q(Exists(members.filter(integration__archived_at=None))) & ~Q(Exists(changed))


def _usual(before: Any) -> Q:
    """The rule tells those that are used by default too, and one of them is as it was."""
    usual = Integration.objects.filter(team=OuterRef("team"), used_by_default=True, builtin=False, archived_at=None)
    return Q(Exists(usual.filter(updated_at__lte=before)), alert__rule__only_these=False)


def _held_then() -> QuerySet[Delivery]:
    """What was held back when the event came: it is still, or it was let out or ended for that reason later."""
    kept = outbox.KEPT_FOR
    let_out = Q(expires_at__gt=F("recorded_at") + kept, expires_at__gte=OuterRef("recorded_at") + kept)
    ended = Q(state=DeliveryState.SUPPRESSED, finished_at__gte=OuterRef("recorded_at"))
    loud = Delivery.objects.filter(resend_of=None, in_place=False)
    earlier = loud.filter(alert=OuterRef("alert"), event__lt=OuterRef("pk"))
    return earlier.filter(Q(state=DeliveryState.HELD) | let_out | ended)


def _span(now: datetime) -> tuple[datetime, datetime]:
    """From where to where this turn looks. A watermark of a clock that was ahead counts for nothing."""
    latest = now - PATIENCE
    at = Watermark.objects.filter(pk=WATERMARK).values_list("at", flat=True).first()
    since = at if at and at <= now else latest - outbox.KEPT_FOR
    recorded = AlertEvent.objects.filter(recorded_at__gt=since, recorded_at__lte=latest).order_by("recorded_at")
    return since, next(iter(recorded.values_list("recorded_at", flat=True)[CHUNK : CHUNK + 1]), latest)


def _decide(lost: Sequence[AlertEvent], now: datetime) -> list[int]:
    """Through the outbox, as it would have been. Those it writes nothing for were owed to nobody: severities fall."""
    with transaction.atomic():
        outbox.receive(None, list(lost), now)
    found = Delivery.objects.filter(event__in=[event.pk for event in lost]).values_list("event", flat=True)
    return sorted(set(found))
