"""/metrics tells whoever holds the token how the house fares, and never whose anything is."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from unittest import mock

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import Settings

from alerts.models import Mute
from deliveries import metrics, releasing
from deliveries.auditing import ledger, tallies
from deliveries.auditing.found import Found
from deliveries.models import Attempt, Delivery, FindingKind, Lane, Tally
from deliveries.sql import tallying
from tests.addresses import furnish
from tests.conftest import Cast
from tests.deliveries.stage import clear, rule_for, send_all, slack, trigger
from tests.servers.http import Receiver

pytestmark = pytest.mark.django_db(transaction=True)

TOKEN = "a long random word"
CANARY = "Kanarienvogel"


@pytest.fixture
def token(settings: Settings) -> str:
    settings.BELLHOP_METRICS_TOKEN = TOKEN
    return f"Bearer {TOKEN}"


def read(now: datetime) -> dict[str, float]:
    """Every sample, as `name{label=value,...}`."""

    def samples() -> Iterator[tuple[str, float]]:
        for family in text_string_to_metric_families(metrics.exposition(now).decode()):
            for sample in family.samples:
                labels = ",".join(f"{name}={value}" for name, value in sorted(sample.labels.items()))
                yield f"{sample.name.removeprefix('bellhop_')}{{{labels}}}".removesuffix("{}"), sample.value

    return dict(samples())


@pytest.mark.parametrize("header", ["", "Bearer ", "Bearer wrong", "Bearer a long random wor", "Basic x", f"{TOKEN}"])
def test_without_the_token_nothing_is_told(token: str, header: str) -> None:
    answer = Client().get("/metrics", headers={"Authorization": header})

    assert answer.status_code == 401
    assert b"bellhop" not in answer.content


@pytest.mark.parametrize("header", ["", "Bearer ", "Bearer None"])
def test_where_no_token_is_set_nobody_is_told_anything(header: str) -> None:
    assert Client().get("/metrics", headers={"Authorization": header}).status_code == 401


def test_a_login_is_no_token(cast: Cast, token: str) -> None:
    client = Client()
    client.force_login(cast.owner)

    assert client.get("/metrics").status_code == 401


def test_whoever_holds_the_token_reads_prometheus_text(token: str) -> None:
    answer = Client().get("/metrics", headers={"Authorization": token, "Host": "10.0.0.9"})

    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert b"# HELP bellhop_build_info " in answer.content


def test_a_database_that_does_not_answer_is_said(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "exposition", mock.Mock(side_effect=DatabaseError("password=hunter2")))

    answer = Client().get("/metrics", headers={"Authorization": token})

    assert (answer.status_code, answer.content) == (503, b"the database does not answer\n")


def test_no_word_of_a_team_stands_in_the_metrics(cast: Cast, now: datetime) -> None:
    furnish(cast.team, cast.owner, CANARY)
    tallies.count()

    text = metrics.exposition(now).decode()

    assert CANARY.lower() not in text.lower()
    assert cast.team.slug not in text.split("# ")[0]
    assert read(now)["alerts_open{severity=critical}"] == 1


def test_what_waits_is_counted(cast: Cast, receiver: Receiver, now: datetime) -> None:
    trigger(rule_for(cast.team, slack(cast.team, receiver)), now)

    told = read(now + timedelta(seconds=90))

    assert told["deliveries_open{state=pending}"] == 1
    assert told["lanes_due"] == 1
    assert told["oldest_due_seconds"] == 90
    assert told["alerts_open{severity=critical}"] == 1
    assert told["senders_alive"] == 0
    assert told["well"] == 0


def test_an_empty_house_has_zeros(now: datetime) -> None:
    told = read(now)

    for name in ("deliveries_open{state=sending}", "lanes_due", "lanes_held", "lanes_paused", "oldest_due_seconds"):
        assert told[name] == 0
    assert told["database_bytes"] > 0
    assert told["disk_free_bytes"] > 0


def test_findings_are_counted_by_kind(now: datetime) -> None:
    ledger.write({FindingKind.OVERDUE: Found(5, 2)}, now)

    told = read(now)

    assert told["findings_total{kind=overdue}"] == 5
    assert told["findings_repaired_total{kind=overdue}"] == 2
    assert told["findings_open{kind=overdue}"] == 3


def test_what_ended_is_counted_for_ever(cast: Cast, receiver: Receiver, now: datetime) -> None:
    rule = rule_for(cast.team, slack(cast.team, receiver))
    alert = trigger(rule, now)
    tallies.count()
    assert "deliveries_total{kind=slack,state=delivered}" not in read(now)

    send_all(now)
    for _ in range(3):
        tallies.count()
    clear(alert, now + timedelta(minutes=1))
    send_all(now + timedelta(minutes=1))
    tallies.count()
    told = read(now)
    assert told["deliveries_total{kind=slack,state=delivered}"] == 2
    assert told["attempts_total{kind=slack,outcome=delivered}"] == 2

    Attempt.objects.all().delete()
    tallies.count()
    assert read(now)["attempts_total{kind=slack,outcome=delivered}"] == 2


def test_one_that_waits_for_long_holds_up_no_count(cast: Cast, receiver: Receiver, now: datetime) -> None:
    waiting = rule_for(cast.team, slack(cast.team, receiver, "waiting"), name="waiting")
    trigger(waiting, now)
    Lane.objects.update(due_at=now + timedelta(hours=1))
    trigger(rule_for(cast.team, slack(cast.team, receiver), test=waiting.tests.get()), now)
    send_all(now)

    for _ in range(3):
        tallies.count()

    row = Tally.objects.get(family="delivery")
    assert (row.name, row.settled, row.total) == ("delivered", 0, 1)
    send_all(now + timedelta(hours=1))
    for _ in range(3):
        tallies.count()
    row.refresh_from_db()
    assert (row.settled, row.total) == (2, 2)
    assert set(Delivery.objects.values_list("state", flat=True)) == {"delivered"}


def test_what_is_held_back_is_counted_when_it_ends(cast: Cast, receiver: Receiver, now: datetime) -> None:
    Mute.objects.create(team=cast.team, began_at=now, until=now + timedelta(hours=1))
    trigger(rule_for(cast.team, slack(cast.team, receiver)), now)
    for _ in range(3):
        tallies.count()
    assert not Tally.objects.exists()

    end = now + timedelta(hours=2)
    releasing.run(end)
    send_all(end)
    for _ in range(3):
        tallies.count()
    row = Tally.objects.get(family="delivery")
    assert (row.name, row.settled, row.total) == ("delivered", 1, 1)


def test_two_turns_at_once_count_nothing_twice(cast: Cast, receiver: Receiver, now: datetime) -> None:
    trigger(rule_for(cast.team, slack(cast.team, receiver)), now)
    send_all(now)
    tallies.count()

    real = tallying.counts

    def meanwhile(*args: Any) -> Any:
        counted = real(*args)
        with mock.patch("deliveries.sql.tallying.counts", real):
            tallies.count()
        return counted

    with mock.patch("deliveries.sql.tallying.counts", meanwhile):
        tallies.count()
    tallies.count()

    assert Tally.objects.get(family="attempt").total == 1


def test_a_scrape_asks_a_constant_number_of_times(cast: Cast, receiver: Receiver, now: datetime) -> None:
    rule = rule_for(cast.team, slack(cast.team, receiver))
    few = _statements(now)

    for minutes in range(5):
        clear(trigger(rule, now + timedelta(minutes=minutes)), now + timedelta(minutes=minutes))
    tallies.count()

    assert _statements(now) == few <= 15


def _statements(now: datetime) -> int:
    with CaptureQueriesContext(connection) as asked:
        metrics.exposition(now)
    return len(asked)
