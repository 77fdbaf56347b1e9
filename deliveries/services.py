"""What people may ask of deliveries."""

from datetime import datetime

from django.db import transaction

from channels_app.words import Severity
from deliveries import bell
from deliveries.mailing import refusal, silent_among
from deliveries.models import Delivery, DeliveryReason
from deliveries.outbox import KEPT_FOR
from deliveries.selectors import why_not_again, with_resends
from deliveries.sql.owing import wake_lanes
from teams import audit, counters, quotas
from teams.access import Actor, Permission, require
from teams.errors import Conflict, TooOften
from teams.models import Team

RESENDS, RESEND_SECONDS = 30, 60
NOT_MAILED = {
    DeliveryReason.UNSUBSCRIBED: "This address wants no more mail of the team.",
    DeliveryReason.UNCONFIRMED: "This address has not said yet that it wants the team's mail.",
}


@transaction.atomic
def send_again(actor: Actor, delivery: Delivery, now: datetime) -> Delivery:
    """Make a new delivery that points to this one and tells the alert's present state.

    Conflict while this one, or one made from it, is under way, if the integration cannot send, or if its address may
    not be mailed; TooOften beyond 30 a minute and team, or the team's mails of a day.
    """
    require(actor, Permission.ACT)
    known = with_resends(Delivery.objects.select_related("integration", "alert"))
    old = known.select_for_update(of=("self",)).get(pk=delivery.pk, team=actor.team)
    if reason := why_not_again(old):
        raise Conflict(reason)
    _count(actor.team, now)
    if old.recipient:
        _check_mail(old, now)
    again = _another(old, now)
    wake_lanes([old.lane_id], now)
    audit.record(actor, "delivery.sent_again", old, {"delivery": [None, again.pk]})
    transaction.on_commit(bell.ring, robust=True)
    return again


def _count(team: Team, now: datetime) -> None:
    if counters.count(f"resend:{team.pk}", RESEND_SECONDS, now) > RESENDS:
        wait = counters.seconds_left(RESEND_SECONDS, now)
        raise TooOften(f"At most {RESENDS} deliveries a minute can be sent again. Try again in {wait} s.", wait)


def _check_mail(old: Delivery, now: datetime) -> None:
    place = (old.integration_id, old.recipient)
    if why := refusal(silent_among([old.team_id], [place]), old.team_id, place):
        raise Conflict(NOT_MAILED[why])
    quotas.spend_mails(old.team_id, 1, now)


def _another(old: Delivery, now: datetime) -> Delivery:
    """What points to `old`, and is still to be sent."""
    return Delivery.objects.create(
        team_id=old.team_id,
        alert_id=old.alert_id,
        event_id=old.event_id,
        integration_id=old.integration_id,
        lane_id=old.lane_id,
        recipient=old.recipient,
        rank=Severity(old.alert.severity).rank,
        recorded_at=now,
        expires_at=now + KEPT_FOR,
        resend_of=old,
    )
