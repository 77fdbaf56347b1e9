"""What is older than the operator keeps goes, whole alerts at a time; nothing open, young or referred to ever does."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from django.apps import apps
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import connection, models
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from alerts import condensing, sql
from alerts.models import Alert, AlertEvent, Extremes, Measurement, Series
from deliveries import pruning
from deliveries.models import Attempt, Delivery, Dispatch, DispatchItem
from deliveries.stocks import ALERTS, ATTEMPTS
from teams import audit, counters
from teams.access import Actor
from teams.models import AuditEntry, Counter, Invitation, Role, Timer
from teams.retention import Place, Stock, next_size, prune, seconds
from tests.alerts.factories import make_rule, make_test
from tests.conftest import NOW, Cast
from tests.deliveries.stage import clear, rule_for, trigger, without_bell
from tests.integrations.factories import make_integration

DAY = timedelta(days=1)
LONG_AGO = NOW - 500 * DAY


@pytest.fixture(autouse=True)
def a_year_is_kept(settings: Any) -> None:
    for name in ("EXTREMES", "ATTEMPTS", "ALERTS", "AUDIT"):
        setattr(settings, f"BELLHOP_KEEP_{name}_DAYS", 400)
    settings.BELLHOP_KEEP_MEASUREMENTS_DAYS = 90


@pytest.fixture(autouse=True)
def no_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pruning, "rested", lambda batches: batches)


def prune_at(now: datetime) -> None:
    assert pruning.prune_all(now, lambda: False)


def everything() -> dict[str, int]:
    return {
        model.__name__: model._default_manager.count()
        for model in (Alert, AlertEvent, Delivery, Dispatch, DispatchItem, Attempt)
    }


def tell(alert: Alert, at: datetime, *others: Alert) -> Dispatch:
    """What the sender leaves behind: one call that carried all that waits of these alerts."""
    waiting = list(Delivery.objects.filter(alert__in=[alert, *others], state="pending"))
    dispatch = Dispatch.objects.create(lane=waiting[0].lane, fence=1, created_at=at, finished_at=at)
    Attempt.objects.create(dispatch=dispatch, at=at, outcome="delivered")
    for delivery in waiting:
        DispatchItem.objects.create(dispatch=dispatch, delivery=delivery)
        delivery.state, delivery.finished_at = "delivered", at
        delivery.save()
    return dispatch


@pytest.fixture
def rule(cast: Cast) -> Any:
    with without_bell():
        yield rule_for(cast.team, make_integration(cast.team, "slack", "ops"))


def test_an_old_alert_goes_with_all_that_belongs_to_it(rule: Any) -> None:
    alert = trigger(rule, LONG_AGO)
    clear(alert, LONG_AGO + DAY)
    tell(alert, LONG_AGO + DAY)

    prune_at(NOW)

    assert set(everything().values()) == {0}


def test_numbers_are_never_given_again(rule: Any) -> None:
    alert = trigger(rule, LONG_AGO)
    clear(alert, LONG_AGO)
    tell(alert, LONG_AGO)

    prune_at(NOW)

    assert trigger(rule, NOW).number == alert.number + 1


def test_an_open_alert_stays_with_all_that_belongs_to_it(rule: Any) -> None:
    tell(trigger(rule, LONG_AGO), LONG_AGO)
    before = everything()

    prune_at(NOW)

    assert everything() == before


def test_an_alert_of_which_something_waits_stays_whole(rule: Any) -> None:
    alert = trigger(rule, LONG_AGO)
    tell(alert, LONG_AGO)
    clear(alert, LONG_AGO)  # and its message is still to be sent
    before = everything()

    prune_at(NOW)

    assert everything() == before


def test_an_alert_that_was_sent_again_lately_stays_whole(rule: Any) -> None:
    alert = trigger(rule, LONG_AGO)
    clear(alert, LONG_AGO)
    tell(alert, LONG_AGO)
    old = Delivery.objects.earliest("id")
    old.pk, old.resend_of_id, old.finished_at = None, old.pk, NOW - DAY
    old.save()

    prune_at(NOW)

    assert Delivery.objects.count() == 3
    assert Alert.objects.count() == 1


def test_a_digest_stays_for_the_alerts_that_stay(rule: Any, cast: Cast) -> None:
    over, lasting = trigger(rule, LONG_AGO), trigger(rule, LONG_AGO, test=_second_test(rule))
    clear(over, LONG_AGO)
    tell(over, LONG_AGO, lasting)

    prune_at(NOW)

    assert list(Alert.objects.all()) == [lasting]
    assert Delivery.objects.get().dispatches.get().attempts.count() == 1


def _second_test(rule: Any) -> Any:
    test = make_test(rule.team, "second")
    make_rule(rule.team, [test])
    return test


def test_the_age_of_an_alert_counts_from_when_it_was_recorded(rule: Any) -> None:
    alert = trigger(rule, NOW)  # a recorded series, fed today
    clear(alert, NOW)
    tell(alert, NOW)
    Alert.objects.update(started_at=LONG_AGO, cleared_at=LONG_AGO)

    prune_at(NOW)

    assert Alert.objects.count() == 1


def test_calls_may_go_before_their_alerts(rule: Any, settings: Any) -> None:
    settings.BELLHOP_KEEP_ATTEMPTS_DAYS = 30
    alert = trigger(rule, NOW - 60 * DAY)
    clear(alert, NOW - 60 * DAY)
    tell(alert, NOW - 60 * DAY)

    prune_at(NOW)

    assert everything() == {
        "Alert": 1, "AlertEvent": 2, "Delivery": 2, "Dispatch": 0, "DispatchItem": 0, "Attempt": 0
    }  # fmt: skip


def test_for_ever_is_for_ever(rule: Any, settings: Any) -> None:
    settings.BELLHOP_KEEP_ALERTS_DAYS = settings.BELLHOP_KEEP_ATTEMPTS_DAYS = 0
    alert = trigger(rule, LONG_AGO)
    clear(alert, LONG_AGO)
    tell(alert, LONG_AGO)
    before = everything()

    prune_at(NOW)

    assert everything() == before


def measure(cast: Cast, observed: datetime, received: datetime) -> Series:
    test = make_test(cast.team, f"t{Series.objects.count()}")
    series = Series.objects.create(team=cast.team, test=test, metric="rt", source="fra1")
    sql.put_measurements([(series.pk, observed, 5.0)], received)
    return series


def test_measurements_go_by_when_they_were_received_and_extremes_stay_longer(cast: Cast) -> None:
    measure(cast, NOW - 91 * DAY, NOW - 91 * DAY)
    recorded_long_ago = measure(cast, LONG_AGO, NOW - DAY)
    condensing.catch_up(NOW)

    prune_at(NOW)

    assert [each.series for each in Measurement.objects.all()] == [recorded_long_ago]
    assert Extremes.objects.count() == 2


def test_extremes_go_once_they_are_old_and_of_nothing_that_is_left(cast: Cast) -> None:
    measure(cast, LONG_AGO, LONG_AGO)
    recorded_long_ago = measure(cast, LONG_AGO, NOW - DAY)
    condensing.catch_up(NOW)

    prune_at(NOW)

    assert [each.series for each in Extremes.objects.all()] == [recorded_long_ago]


def test_what_is_not_condensed_yet_stays(cast: Cast) -> None:
    measure(cast, NOW - 100 * DAY, NOW - 100 * DAY)

    prune_at(NOW)
    assert Measurement.objects.count() == 1

    condensing.catch_up(NOW)
    prune_at(NOW)
    assert Measurement.objects.count() == 0


def test_audit_sessions_invitations_and_counters_go_too(cast: Cast) -> None:
    for at in (LONG_AGO, NOW - DAY):
        audit.record(Actor.system(cast.team), "team.renamed", cast.team, {})
        AuditEntry.objects.filter(at__gt=NOW).update(at=at)
        Session.objects.create(session_key=str(at), session_data="", expire_date=at + DAY / 2)
        Invitation.objects.create(
            team=cast.team, email="a@example.com", role=Role.VIEWER, digest=str(at), inviter=cast.owner, expires_at=at
        )
        counters.count("some limit", 60, at)
    Session.objects.create(session_key="alive", session_data="", expire_date=NOW + DAY)

    prune_at(NOW)

    assert AuditEntry.objects.get().at == NOW - DAY
    assert Session.objects.get().session_key == "alive"
    assert Invitation.objects.get().expires_at == NOW - DAY
    assert Counter.objects.count() == 1


def test_all_that_refers_to_what_goes_is_known(db: None) -> None:
    """A new table that points here must say what becomes of it, or pruning would fail."""
    handled = {
        Measurement: set(),
        Extremes: set(),
        Alert: {AlertEvent, Delivery},
        AlertEvent: {Delivery},
        Delivery: {DispatchItem, Delivery},
        Dispatch: {DispatchItem, Attempt},
        DispatchItem: set(),
        Attempt: set(),
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
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
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
    assert not Dispatch.objects.filter(items=None).exists()
    connection.check_constraints()


def _forget() -> None:
    for model in (DispatchItem, Attempt, Dispatch, Delivery, AlertEvent, Alert):
        model._default_manager.all()._raw_delete("default")


def _live(
    rule: Any, days_ago: int, days: int, cleared: bool, told: bool, again: bool
) -> tuple[Alert, datetime | None, bool]:
    """An alert, when it ended, and whether something of it is unfinished or young."""
    test = make_test(rule.team, f"t{next(_numbers)}")
    begin = NOW - days_ago * DAY
    end = min(begin + days * DAY, NOW)
    alert = trigger(rule, begin, test=test)
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


@pytest.mark.parametrize(
    ("most", "took", "then"), [(100, 0.001, 200), (100, 0.02, 100), (100, 0.04, 50), (20, 1.0, 20), (5000, 0.001, 5000)]
)
def test_a_batch_takes_what_can_go_in_some_milliseconds(most: int, took: float, then: int) -> None:
    assert next_size(most, took) == then


def test_a_batch_takes_as_many_statements_whatever_its_rows(rule: Any, django_assert_max_num_queries: Any) -> None:
    for _ in range(12):
        alert = trigger(rule, LONG_AGO)
        clear(alert, LONG_AGO)
        tell(alert, LONG_AGO)

    with django_assert_max_num_queries(20):
        dispatches, alerts = (list(prune(stock, NOW - DAY))[-1] for stock in (ATTEMPTS, ALERTS))

    assert dispatches.rows == {"dispatches": 12, "attempts": 12, "dispatch items": 24}
    assert alerts.rows == {"alerts": 12, "alert events": 24, "deliveries": 24}


def test_a_turn_ends_when_it_is_told_to_and_comes_back_soon(rule: Any) -> None:
    for _ in range(3):
        alert = trigger(rule, LONG_AGO)
        clear(alert, LONG_AGO)
        tell(alert, LONG_AGO)

    pruning.run(NOW, ending=lambda: True)

    assert Timer.objects.get(name=pruning.TURN).next_at == NOW + pruning.SOON
    pruning.run(NOW + pruning.SOON)
    assert set(everything().values()) == {0}
    assert Timer.objects.get(name=pruning.TURN).next_at == NOW + pruning.SOON + pruning.EVERY


def test_one_stock_that_fails_does_not_keep_the_others(
    rule: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    alert = trigger(rule, LONG_AGO)
    clear(alert, LONG_AGO)
    tell(alert, LONG_AGO)

    def fail(*_: Any) -> Iterable[Any]:
        raise RuntimeError("no luck")

    broken = Stock("broken", lambda: DAY, fail, fail)  # type: ignore[arg-type]
    monkeypatch.setattr(pruning, "STOCKS", (broken, *pruning.STOCKS))

    prune_at(NOW)

    assert not Alert.objects.exists()
    assert "broken could not be pruned" in caplog.text


def test_the_command_says_what_would_go_and_changes_nothing(rule: Any, capsys: Any) -> None:
    alert = trigger(rule, LONG_AGO)
    clear(alert, LONG_AGO)
    tell(alert, LONG_AGO)
    before = everything()

    call_command("prune", "--dry-run")

    said = capsys.readouterr().out
    assert "alerts before" in said
    assert "1 alerts, 2 dispatch items, 2 deliveries, 2 alert events would go" in said
    assert "the oldest of 2024-10-18 12:00" in said
    assert everything() == before


def test_the_command_lets_go_what_it_said(rule: Any, capsys: Any) -> None:
    alert = trigger(rule, LONG_AGO)
    clear(alert, LONG_AGO)
    tell(alert, LONG_AGO)

    call_command("prune", "--older-than", "30", "--only", "dispatches", "--only", "alerts")

    said = capsys.readouterr().out.splitlines()
    assert [line.split(" before")[0] for line in said] == ["dispatches", "alerts"]
    assert "1 attempts" in said[0]
    assert "2 deliveries" in said[1]
    assert set(everything().values()) == {0}


def test_the_command_keeps_what_may_still_be_sent(db: None) -> None:
    with pytest.raises(CommandError, match="at least 2 days"):
        call_command("prune", "--older-than", "1")


@pytest.mark.parametrize("stock", [each for each in pruning.STOCKS if each.name != "invitations"], ids=str)
def test_old_rows_are_found_along_an_index(stock: Stock, db: None) -> None:
    plan = _plan(stock)
    assert "Seq Scan" not in plan
    assert "SCAN" not in plan
    assert "TEMP B-TREE FOR ORDER BY" not in plan


def _plan(stock: Stock) -> str:
    """How the engine looks for old rows behind some place; on PostgreSQL as if tables were large."""
    at = seconds(LONG_AGO) if stock.name in ("extremes", "counters") else LONG_AGO
    pk = "some key" if stock.name == "sessions" else 1
    with CaptureQueriesContext(connection) as captured:
        stock.look(NOW, Place(at, pk), 100)
    explain = "EXPLAIN QUERY PLAN " if connection.vendor == "sqlite" else "EXPLAIN "
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(explain + captured.captured_queries[-1]["sql"])
        return "; ".join(str(row[-1]) for row in cursor.fetchall())
