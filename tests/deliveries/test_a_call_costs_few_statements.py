"""A call that opens alerts costs the same few statements, however many it opens and however many rooms hear of them."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from alerts.models import Alert, AlertEvent
from deliveries.models import Delivery, Lane
from tests.alerts.factories import make_test
from tests.api.calls import ApiClient, key_of
from tests.conftest import Cast
from tests.deliveries.stage import rule_for
from tests.integrations.factories import make_integration

MOST = 24  # on both engines: the key, the batch, its judgement, the alerts, who is owed, savepoint, begin and commit


@pytest.fixture
def client(cast: Cast) -> ApiClient:
    return ApiClient(key_of(cast.team))


def post(client: ApiClient, slugs: list[str], value: float, at: datetime) -> int:
    """Send one measurement for each test; how many statements that cost."""
    items = [
        {"test": slug, "metric": "response_time", "source": "fra1", "observed_at": at.isoformat(), "value": value}
        for slug in slugs
    ]
    with CaptureQueriesContext(connection) as statements:
        answer = client.send("POST", "/api/v1/measurements/", {"measurements": items})
    assert answer.json() == {"accepted": len(slugs), "rejected": []}
    return len(statements)


def opened_by(cast: Cast, client: ApiClient, count: int) -> tuple[int, int]:
    """How many statements it takes to open the alerts of `count` tests at once, and to clear them."""
    slugs = [f"t{count}-{n}" for n in range(count)]
    for slug in slugs:
        rule_for(cast.team, make_integration(cast.team, name=slug), test=make_test(cast.team, slug))
    begun = timezone.now() - timedelta(minutes=10)
    post(client, slugs, 100, begun)
    post(client, slugs, 900, begun + timedelta(minutes=1))
    post(client, slugs, 100, begun + timedelta(minutes=2))
    bad = post(client, slugs, 900, begun + timedelta(minutes=3))
    good = post(client, slugs, 100, begun + timedelta(minutes=4))
    return bad, good


@pytest.mark.django_db
def test_one_alert_and_many_cost_the_same_few(cast: Cast, client: ApiClient) -> None:
    opened_by(cast, client, 2)  # the team's first alert brings its counter
    one, many = opened_by(cast, client, 1), opened_by(cast, client, 40)

    assert many == one
    assert max(one) <= MOST
    assert Alert.objects.count() == 2 * 43
    assert Delivery.objects.count() == AlertEvent.objects.count() == 4 * 43
    assert Lane.objects.exclude(due_at=None).count() == 43


@pytest.mark.django_db
def test_each_alert_and_event_keeps_to_its_own(cast: Cast, client: ApiClient) -> None:
    """Rows that went in together got the ids of their places in the batch."""
    opened_by(cast, client, 20)

    for event in AlertEvent.objects.select_related("alert__test", "alert__rule"):
        assert event.alert.test is not None
        assert event.alert.snapshot["test_slug"] == event.alert.test.slug
        delivery = Delivery.objects.select_related("integration").get(event=event)
        assert (delivery.alert_id, delivery.integration.name) == (event.alert_id, event.alert.test.slug)
    numbers = Alert.objects.order_by("id").values_list("number", flat=True)
    assert list(numbers) == list(range(1, 41))
