"""What a team has on a bad day: an integration on hold, a fallback that stands in, an outage, quotas that were met."""

from datetime import datetime, timedelta

from deliveries import standing_in
from deliveries.models import Delivery, Lane, Outage
from integrations.models import Health, Integration
from teams.models import DayUsage, Team
from tests.integrations.factories import make_integration


def put_on_hold(place: Integration, now: datetime, mark: str) -> Outage:
    """As after refusals over an hour, of which the team was told."""
    began = now - timedelta(hours=1)
    words = f"no_service {mark}"
    Health.objects.filter(pk=place.pk).update(
        parked_at=began,
        parked_reason="destination_gone",
        last_failure_at=now,
        last_failure_words=words,
        consecutive_failures=7,
    )
    later = now + timedelta(minutes=9)
    holds = {"on_hold": True, "failures": 7, "paused_until": later, "due_at": later}
    Lane.objects.update_or_create(pk=place.pk, defaults={**holds, "pause_reason": "destination_gone"})
    told = {"begin_told_at": began, "told_through": f"Reserve {mark}"}
    about = {"reason": "destination_gone", "words": words}
    return Outage.objects.create(team=place.team, integration=place, began_at=began, held_at=began, **about, **told)


def stand_in(delivery: Delivery, now: datetime, mark: str) -> Integration:
    """The fallback of the delivery's integration, which is owed the same and hears of trouble too."""
    fallback = make_integration(delivery.team, name=f"Reserve {mark}")
    Integration.objects.filter(pk=fallback.pk).update(hears_trouble_since=now)
    Integration.objects.filter(pk=delivery.integration_id).update(fallback=fallback)
    standing_in.for_deliveries([delivery.pk], now)
    return fallback


def meet_quotas(team: Team, now: datetime) -> None:
    """The operator granted it something of its own, and today it sent more."""
    Team.objects.filter(pk=team.pk).update(measurements_per_day=1_000_000, open_alerts=60_000)
    DayUsage.objects.update_or_create(team=team, day=now.date(), defaults={"measurements": 4_711, "refused": 12})
