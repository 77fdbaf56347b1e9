"""Nagios keeps one state for each service: the worst of what is open there, told again every few minutes."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from unittest import mock

import pytest
from django.utils import timezone
from pytest_django import Settings

from alerts.happenings import Happening
from alerts.models import Alert
from channels_app.doors import tcp
from channels_app.words import Severity
from deliveries import refreshing, services, standing, timers
from deliveries.models import Attempt, Delivery, DeliveryState, Lane
from deliveries.sentences import sentence
from integrations.models import Integration
from teams.access import Actor
from teams.models import Timer
from teams.timers import known
from tests.alerts.factories import make_test
from tests.channels_app.kinds.nagios import PASSWORD, config
from tests.conftest import Cast
from tests.deliveries.stage import clear, happen, rule_for, send_all, slack, trigger
from tests.integrations.factories import make_integration
from tests.patience import PATIENT, tries
from tests.servers import nsca
from tests.servers.http import Receiver
from tests.servers.nsca import Nsca
from tests.servers.rude import Rude

pytestmark = pytest.mark.django_db(transaction=True)

MINUTE = timedelta(minutes=1)
ALIVE = ("bellhop", "bellhop", 0)


@pytest.fixture
def server(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Nsca]:
    settings.BELLHOP_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    settings.BELLHOP_CALL_SECONDS = PATIENT
    monkeypatch.setattr(tcp, "FAREWELL", PATIENT)  # it hangs up once it has taken what it was told
    with Nsca(1, PASSWORD.encode()) as running:
        yield running
    assert running.refused == []


@pytest.fixture
def now() -> datetime:
    return timezone.now()


def nagios(cast: Cast, server: Nsca | Rude, **changes: Any) -> Integration:
    """One service for all alerts of the team, but for what `changes` say."""
    port = {"port": server.port, "server": "127.0.0.1"}
    whole = {**config(""), **port, "host_name": "shop", "service_name": "all", **changes}
    return make_integration(cast.team, "nagios", f"nagios {server.port}", config=whole)


def told(server: Nsca) -> list[tuple[str, str, int]]:
    """What came since the last look."""
    found = [(each.host, each.service, each.code) for each in server.results]
    server.results.clear()
    return found


def refresh(now: datetime) -> None:
    if due := refreshing.due_places(now):
        refreshing.refresh(due, now)


def many(cast: Cast, place: Integration, now: datetime, *severities: Severity) -> list[Alert]:
    """An open alert of each severity, all told there."""
    rules = [
        rule_for(cast.team, place, test=make_test(cast.team, f"t{number}"), name=f"rule {number}")
        for number, _ in enumerate(severities)
    ]
    return [trigger(rule, now, severity) for rule, severity in zip(rules, severities, strict=True)]


def test_the_worst_open_alert_of_a_service_wins_and_a_clear_turns_nothing_green_too_soon(
    cast: Cast, server: Nsca, now: datetime
) -> None:
    place = nagios(cast, server)
    minor, critical = many(cast, place, now, Severity.MINOR, Severity.CRITICAL)
    send_all(now)
    assert told(server) == [("shop", "all", 2), ("shop", "all", 2)]

    clear(critical, now + MINUTE)
    send_all(now + MINUTE)
    output = server.results[-1].output
    assert told(server) == [("shop", "all", 1)]
    assert output.startswith(f"#{minor.number} MINOR")
    assert f"(now: #{critical.number} CLEARED" in output

    clear(minor, now + 2 * MINUTE)
    send_all(now + 2 * MINUTE)
    assert told(server) == [("shop", "all", 0)]


def test_what_nobody_confirms_is_called_sent_and_not_delivered(cast: Cast, server: Nsca, now: datetime) -> None:
    many(cast, nagios(cast, server), now, Severity.CRITICAL)
    send_all(now)
    assert sentence(Delivery.objects.get()).startswith("Sent at ")
    assert Attempt.objects.get().words.startswith("Sent: NSCA gives no answer")


def test_alerts_of_other_services_other_integrations_and_other_teams_do_not_count(
    cast: Cast, receiver: Receiver, server: Nsca, now: datetime
) -> None:
    place = nagios(cast, server, service_name="{rule}")
    many(cast, place, now, Severity.MINOR, Severity.CRITICAL)
    trigger(rule_for(cast.team, slack(cast.team, receiver), test=make_test(cast.team, "other"), name="rule 0"), now)
    send_all(now)
    assert sorted(told(server)) == [("shop", "rule 0", 1), ("shop", "rule 1", 2)]


def test_what_is_open_and_what_cleared_lately_is_told_again_in_its_minutes(
    cast: Cast, server: Nsca, now: datetime
) -> None:
    place = nagios(cast, server, service_name="{rule}")
    _, critical = many(cast, place, now, Severity.MINOR, Severity.CRITICAL)
    clear(critical, now)
    send_all(now)
    told(server)
    rows = Delivery.objects.count(), Attempt.objects.count()

    refresh(now)
    assert told(server) == [("shop", "rule 0", 1), ("shop", "rule 1", 0), ALIVE]
    refresh(now + 4 * MINUTE)
    assert told(server) == []
    refresh(now + 5 * MINUTE)
    assert told(server) == [("shop", "rule 0", 1), ("shop", "rule 1", 0), ALIVE]
    refresh(now + timedelta(days=1, minutes=1))
    assert told(server) == [("shop", "rule 0", 1), ALIVE]

    assert (Delivery.objects.count(), Attempt.objects.count()) == rows
    assert Lane.objects.get().lease_until is None


def test_a_result_that_was_lost_comes_back_with_the_next_refresh(cast: Cast, server: Nsca, now: datetime) -> None:
    place = nagios(cast, server)
    many(cast, place, now, Severity.CRITICAL)
    send_all(now)
    Delivery.objects.update(state=DeliveryState.EXPIRED, reason="too_late")
    told(server)
    refresh(now)
    assert told(server) == [("shop", "all", 2), ALIVE]


def test_zero_minutes_mean_never_and_unusable_integrations_are_left_alone(
    cast: Cast, server: Nsca, now: datetime
) -> None:
    place = nagios(cast, server, refresh_minutes=0)
    refresh(now)
    Integration.objects.filter(pk=place.pk).update(enabled=False)
    refresh(now + 10 * MINUTE)
    assert (told(server), Timer.objects.filter(name__startswith="refresh").count()) == ([], 0)


def test_a_lane_at_work_or_in_trouble_is_refreshed_a_little_later(cast: Cast, server: Nsca, now: datetime) -> None:
    nagios(cast, server)
    refresh(now)
    assert told(server) == [ALIVE]
    later = timezone.now() + MINUTE
    calm: dict[str, Any] = {"lease_until": None, "paused_until": None, "on_hold": False}
    for trouble in ({"lease_until": later}, {"paused_until": later}, {"on_hold": True}):
        Lane.objects.update(**{**calm, **trouble})
        now += 5 * MINUTE
        refresh(now)
        assert told(server) == []
    Lane.objects.update(**calm)
    refresh(now + timedelta(seconds=30))
    assert told(server) == [ALIVE]


def test_what_comes_due_during_a_refresh_is_sent_right_after_it(cast: Cast, server: Nsca, now: datetime) -> None:
    place = nagios(cast, server)
    (alert,) = many(cast, place, now, Severity.CRITICAL)
    send_all(now)
    due = refreshing.due_places(now)
    clear(alert, now)
    with mock.patch("deliveries.bell.ring") as ring:
        refreshing.refresh(due, now)
    assert ring.called
    told(server)
    send_all(timezone.now())
    assert told(server) == [("shop", "all", 0)]


def test_a_server_that_hangs_costs_the_others_nothing_and_leaves_its_lane_free(
    cast: Cast, server: Nsca, settings: Settings, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    with Rude(nsca.says_nothing) as hanging:
        broken, well = nagios(cast, hanging), nagios(cast, server)
        for n, settings.BELLHOP_CALL_SECONDS in enumerate(tries()):
            refresh(now + n * timedelta(hours=1))
            if heard := told(server):
                break
    assert heard == [ALIVE]
    assert f"integration {broken.pk} was not told anew: network" in caplog.text
    assert PASSWORD not in caplog.text
    assert set(Lane.objects.values_list("pk", "lease_until")) == {(broken.pk, None), (well.pk, None)}


def test_missing_data_stays_unknown_whatever_else_is_told_of_it(cast: Cast, server: Nsca, now: datetime) -> None:
    place = nagios(cast, server)
    rule = rule_for(cast.team, place)
    severity, detail = Severity.CRITICAL, {"minutes": 5}
    happen(rule, now, Happening("no_data", rule.pk, rule.tests.get().pk, now, severity, None, "no_data", detail))
    send_all(now)
    assert told(server) == [("shop", "all", 3)]
    refresh(now)
    assert told(server) == [("shop", "all", 3), ALIVE]
    services.send_again(Actor.system(cast.team), Delivery.objects.get(), now)
    send_all(now)
    assert told(server) == [("shop", "all", 3)]


def test_only_the_most_severe_are_read_of_thousands_that_are_open(
    cast: Cast, server: Nsca, now: datetime, django_assert_max_num_queries: Any
) -> None:
    place = nagios(cast, server, service_name="{rule}")
    many(cast, place, now, *[Severity.MINOR] * 5, Severity.CRITICAL)
    with mock.patch("deliveries.standing.ALL", 3), django_assert_max_num_queries(3):
        rows = standing.all_of([place.pk], now)[place.pk]
    assert len(rows) == 3
    assert standing.messages_of(rows, now)[0].severity is Severity.CRITICAL


def test_the_timers_run_it_and_the_auditor_does_not_wait_for_integrations_that_are_gone(
    cast: Cast, server: Nsca, now: datetime
) -> None:
    place = nagios(cast, server)
    with mock.patch("deliveries.refreshing.beside") as beside:
        timers.run(now)
    assert [call.args[0] for call in beside.call_args_list] == ["refresh"]
    beside.call_args_list[0].args[1]()
    assert told(server) == [ALIVE]
    assert "deliveries.refresh" in known()
    assert f"refresh.{place.pk}" not in known()
