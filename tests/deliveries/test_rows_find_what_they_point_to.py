"""No statement leaves a row that points to nothing, even until commit: SQLite then reads whole tables for each more."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from deliveries.models import Delivery, Lane
from tests.conftest import Cast
from tests.deliveries.stage import clear, rule_for, send_all, slack, trigger
from tests.deliveries.test_fallbacks_stand_in import sweep_and_send, with_fallback
from tests.integrations.factories import make_integration
from tests.servers.http import Receiver

pytestmark = pytest.mark.django_db(transaction=True)


def look(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
    """Run the statement, then ask for rows that point to nothing."""
    found = execute(sql, params, many, context)
    if sql.lstrip().startswith(("INSERT", "UPDATE", "DELETE")):
        with connection.cursor() as cursor:
            raw = cursor.cursor.connection
            dangling = raw.execute("PRAGMA foreign_key_check").fetchall()
        assert not dangling, f"{dangling[:3]} after {sql[:200]}"
    return found


@pytest.fixture(autouse=True)
def checked_at_once() -> Iterator[None]:
    if connection.vendor == "postgresql":
        pytest.skip("PostgreSQL checks at commit, at the same price in any order")
    with connection.execute_wrapper(look):
        yield


def test_the_first_alert_of_new_integrations(cast: Cast, receiver: Receiver, now: datetime) -> None:
    rule = rule_for(cast.team, *(slack(cast.team, receiver, f"room{n}") for n in range(3)))
    Lane.objects.all().delete()

    alert = trigger(rule, now)
    send_all(now)
    clear(alert, now + timedelta(minutes=1))
    send_all(now + timedelta(minutes=1))

    assert set(Delivery.objects.values_list("state", flat=True)) == {"delivered"}
    assert Delivery.objects.count() == 6


def test_an_alert_that_new_integrations_are_not_told_of(cast: Cast, now: datetime) -> None:
    rule = rule_for(cast.team, make_integration(cast.team, enabled=False))
    Lane.objects.all().delete()

    trigger(rule, now)

    assert Delivery.objects.get().state == "suppressed"


def test_what_a_new_integration_tells_in_place_of_another(cast: Cast, receiver: Receiver, now: datetime) -> None:
    place, reserve = with_fallback(cast, receiver)
    rule = rule_for(cast.team, place)
    Lane.objects.all().delete()

    trigger(rule, now)
    sweep_and_send(now)
    sweep_and_send(now + timedelta(seconds=1))

    assert Delivery.objects.get(integration=reserve).state == "delivered"
