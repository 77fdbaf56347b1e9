"""A turn goes through all stocks in small batches, each found along an index, and ends when it is told to."""

from collections.abc import Iterable
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test.utils import CaptureQueriesContext

from alerts.models import Alert
from deliveries import pruning
from deliveries.stocks import ALERTS, ATTEMPTS
from teams import audit, counters
from teams.access import Actor
from teams.models import AuditEntry, Counter, Invitation, Role, Timer
from teams.retention import Place, Stock, next_size, prune, seconds
from tests.conftest import NOW, Cast
from tests.deliveries.old_rows.stage import DAY, LONG_AGO, everything, over, prune_at


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


@pytest.mark.parametrize(
    ("most", "took", "then"), [(100, 0.001, 200), (100, 0.02, 100), (100, 0.04, 50), (20, 1.0, 20), (5000, 0.001, 5000)]
)
def test_a_batch_takes_what_can_go_in_some_milliseconds(most: int, took: float, then: int) -> None:
    assert next_size(most, took) == then


def test_a_batch_takes_as_many_statements_whatever_its_rows(rule: Any, django_assert_max_num_queries: Any) -> None:
    for _ in range(12):
        over(rule)

    with django_assert_max_num_queries(20):
        dispatches, alerts = (list(prune(stock, NOW - DAY))[-1] for stock in (ATTEMPTS, ALERTS))

    assert dispatches.rows == {"dispatches": 12, "attempts": 12, "dispatch items": 24}
    assert alerts.rows == {"alerts": 12, "alert events": 24, "deliveries": 24}


def test_a_turn_ends_when_it_is_told_to_and_comes_back_soon(rule: Any) -> None:
    for _ in range(3):
        over(rule)

    pruning.run(NOW, ending=lambda: True)

    assert Timer.objects.get(name=pruning.TURN).next_at == NOW + pruning.SOON
    pruning.run(NOW + pruning.SOON)
    assert set(everything().values()) == {0}
    assert Timer.objects.get(name=pruning.TURN).next_at == NOW + pruning.SOON + pruning.EVERY


def test_one_stock_that_fails_does_not_keep_the_others(
    rule: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    over(rule)

    def fail(*_: Any) -> Iterable[Any]:
        raise RuntimeError("no luck")

    broken = Stock("broken", lambda: DAY, fail, fail)  # type: ignore[arg-type]
    monkeypatch.setattr(pruning, "STOCKS", (broken, *pruning.STOCKS))

    prune_at(NOW)

    assert not Alert.objects.exists()
    assert "broken could not be pruned" in caplog.text


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
