"""Whatever the ages, nothing open, young or referred to goes."""

from datetime import datetime
from itertools import count
from typing import Any

from django.apps import apps
from django.contrib.sessions.models import Session
from django.db import connection, models
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from alerts.models import Alert, AlertEvent, Extremes, Measurement
from deliveries.models import Attempt, Delivery, Dispatch, DispatchItem, MessageRef
from teams.models import AuditEntry, Counter, Invitation
from tests.alerts.factories import make_test
from tests.conftest import NOW
from tests.deliveries.old_rows.stage import DAY, prune_at, tell
from tests.deliveries.stage import clear, trigger
from tests.patience import HEALTH

_numbers = count()
STORY = st.tuples(
    st.integers(0, 800),  # days ago that it began
    st.integers(0, 400),  # days that it lasted
    st.booleans(),  # cleared
    st.booleans(),  # told
    st.booleans(),  # sent again yesterday
)


@given(st.lists(STORY, min_size=1, max_size=12), st.sampled_from([0, 30, 400]), st.sampled_from([0, 100, 400]))
@hypothesis_settings(
    max_examples=25, deadline=None, suppress_health_check=[*HEALTH, HealthCheck.function_scoped_fixture]
)
def test_whatever_the_ages_nothing_young_or_open_goes_and_nothing_kept_is_torn(
    rule: Any, settings: Any, stories: list[tuple[int, int, bool, bool, bool]], attempts: int, alerts: int
) -> None:
    settings.BELLHOP_KEEP_ATTEMPTS_DAYS, settings.BELLHOP_KEEP_ALERTS_DAYS = attempts, alerts
    _forget()
    made = [_live(rule, *story) for story in stories]
    events = dict(AlertEvent.objects.values_list("alert").annotate(models.Count("pk")))

    prune_at(NOW)

    limit = NOW - alerts * DAY if alerts else datetime.min.replace(tzinfo=NOW.tzinfo)
    stay = {alert.pk for alert, ended, busy in made if ended is None or busy or ended >= limit}
    assert set(Alert.objects.values_list("pk", flat=True)) == stay
    assert dict(AlertEvent.objects.values_list("alert").annotate(models.Count("pk"))) == {
        pk: count for pk, count in events.items() if pk in stay
    }
    assert set(Delivery.objects.values_list("alert", flat=True)) == stay
    assert set(MessageRef.objects.values_list("alert", flat=True)) == stay
    assert not Dispatch.objects.filter(items=None).exists()
    connection.check_constraints()


def _forget() -> None:
    for model in (DispatchItem, Attempt, Dispatch, Delivery, MessageRef, AlertEvent, Alert):
        model._default_manager.all()._raw_delete("default")


def _live(
    rule: Any, days_ago: int, days: int, cleared: bool, told: bool, again: bool
) -> tuple[Alert, datetime | None, bool]:
    """An alert, when it ended, and whether something of it is unfinished or young."""
    test = make_test(rule.team, f"t{next(_numbers)}")
    begin = NOW - days_ago * DAY
    end = min(begin + days * DAY, NOW)
    alert = trigger(rule, begin, test=test)
    place = Delivery.objects.filter(alert=alert).earliest("id").integration
    MessageRef.objects.create(team=rule.team, alert=alert, integration=place, ref="C1:1", posted_at=begin)
    if told:
        tell(alert, begin)
    if cleared:
        clear(alert, end)
        if told:
            tell(alert, end)
    if again and told:
        old = Delivery.objects.filter(alert=alert).earliest("id")
        old.pk, old.resend_of_id, old.recorded_at, old.finished_at = None, old.pk, NOW - DAY, NOW - DAY
        old.save()
    return alert, end if cleared else None, not told or again


def test_all_that_refers_to_what_goes_is_known(db: None) -> None:
    """A new table that points here must say what becomes of it, or pruning would fail."""
    handled = {
        Measurement: set(),
        Extremes: set(),
        Alert: {AlertEvent, Delivery, MessageRef},
        AlertEvent: {Delivery},
        Delivery: {DispatchItem, Delivery},
        Dispatch: {DispatchItem, Attempt},
        DispatchItem: set(),
        Attempt: set(),
        MessageRef: set(),
        AuditEntry: set(),
        Invitation: set(),
        Counter: set(),
        Session: set(),
    }
    for model, known in handled.items():
        assert _referring(model) == known, model


def _referring(to: type[models.Model]) -> set[type[models.Model]]:
    return {
        model
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.get_fields()
        if isinstance(field, models.ForeignKey) and field.related_model is to
    }
