"""A batch that opens alerts costs the same few statements, however many it opens and however many rooms hear."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from alerts.ingest import ingest
from alerts.models import Alert, AlertEvent
from deliveries.models import Delivery, Lane
from teams import quotas
from teams.access import Actor
from tests.alerts.factories import make_test
from tests.conftest import Cast
from tests.deliveries.stage import rule_for
from tests.integrations.factories import make_integration

MOST = 22  # on both engines: the batch, its judgement, the alerts, who is owed what, savepoints


@pytest.fixture(autouse=True)
def without_quotas(monkeypatch: pytest.MonkeyPatch) -> None:
    """They reserve in blocks, so now and then a batch costs a statement more; tested in tests/teams."""
    monkeypatch.setattr(quotas, "take_measurements", lambda *_: None)


def take(cast: Cast, slugs: list[str], value: float, at: datetime) -> int:
    """Take one measurement for each test; how many statements that costs."""
    items = [
        {"test": slug, "metric": "response_time", "source": "fra1", "observed_at": at.isoformat(), "value": value}
        for slug in slugs
    ]
    with CaptureQueriesContext(connection) as statements:
        result = ingest(Actor.system(cast.team), {"measurements": items}, timezone.now())
    assert (result.accepted, result.rejected) == (len(slugs), [])
    return len(statements)


def opened_by(cast: Cast, count: int) -> tuple[int, int]:
    """How many statements it takes to open the alerts of `count` tests at once, and to clear them."""
    slugs = [f"t{count}-{n}" for n in range(count)]
    for slug in slugs:
        rule_for(cast.team, make_integration(cast.team, name=slug), test=make_test(cast.team, slug))
    begun = timezone.now() - timedelta(minutes=10)
    take(cast, slugs, 100, begun)
    take(cast, slugs, 900, begun + timedelta(minutes=1))
    take(cast, slugs, 100, begun + timedelta(minutes=2))
    bad = take(cast, slugs, 900, begun + timedelta(minutes=3))
    good = take(cast, slugs, 100, begun + timedelta(minutes=4))
    return bad, good


@pytest.mark.django_db
def test_one_alert_and_many_cost_the_same_few(cast: Cast) -> None:
    opened_by(cast, 2)  # the team's first alert brings its counter
    one, many = opened_by(cast, 1), opened_by(cast, 40)

    assert many == one
    assert max(one) <= MOST
    assert Alert.objects.count() == 2 * 43
    assert Delivery.objects.count() == AlertEvent.objects.count() == 4 * 43
    assert Lane.objects.exclude(due_at=None).count() == 43


@pytest.mark.django_db
def test_each_alert_and_event_keeps_to_its_own(cast: Cast) -> None:
    """Rows that went in together got the ids of their places in the batch."""
    opened_by(cast, 20)

    for event in AlertEvent.objects.select_related("alert__test", "alert__rule"):
        assert event.alert.test is not None
        assert event.alert.snapshot["test_slug"] == event.alert.test.slug
        delivery = Delivery.objects.select_related("integration").get(event=event)
        assert (delivery.alert_id, delivery.integration.name) == (event.alert_id, event.alert.test.slug)
    numbers = Alert.objects.order_by("id").values_list("number", flat=True)
    assert list(numbers) == list(range(1, 41))
