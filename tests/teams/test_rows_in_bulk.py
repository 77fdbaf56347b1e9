"""What one statement writes is what was given."""

import json
from datetime import UTC, datetime

import pytest
from django.db import connection

from alerts import sql
from alerts.models import Test
from teams.bulk import as_json
from tests.alerts.factories import make_rule, make_test
from tests.api.calls import ApiClient, key_of
from tests.conftest import Cast


@pytest.mark.parametrize("number", [2**63 - 1, 2**64, -(10**30), 10**300, 1.7e308])
def test_a_number_may_be_as_large_as_it_is(number: float) -> None:
    at = datetime(2026, 3, 2, 12, tzinfo=UTC)

    (row,) = json.loads(as_json([(at, {"value": number}, None, "é")]))

    assert datetime.fromisoformat(row[0]) == at
    assert row[1:] == [{"value": number}, None, "é"]


@pytest.mark.django_db
@pytest.mark.parametrize("value", [1e20, 1e300])
def test_an_alert_of_a_huge_value_goes_on_and_clears(cast: Cast, value: float) -> None:
    """PostgreSQL gives such a number back as a whole one."""
    make_rule(cast.team, [make_test(cast.team, "checkout", interval=60)])
    client = ApiClient(key_of(cast.team))
    measured = {"test": "checkout", "metric": "response_time", "source": "fra1"}

    for minute, each in ((0, value), (1, value), (2, 1.0)):
        item = {**measured, "observed_at": f"2026-03-02T12:0{minute}:00Z", "value": each}
        answer = client.send("POST", "/api/v1/measurements/", {"notify": "always", "measurements": [item]})
        assert (answer.status_code, answer.json()["accepted"]) == (202, 1)
        if minute == 1:
            assert client.send("POST", "/api/v1/alerts/1/note/", {"text": "seen"}).status_code < 300

    alert = client.send("GET", "/api/v1/alerts/1/").json()
    assert (alert["state"], alert["cleared_reason"]) == ("cleared", "recovered")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "labels",
    [
        {},
        {"team": "é \u2028 \U0001f600", "empty": "", "deep": [1, {"of": None}], "none": None, "yes": True},
        {"exact": 0.1, "whole": 2**53 + 1, "large": 2**63 - 1, "tiny": 5e-324, "huge": 1e300, "negative": -0.0},
    ],
)
def test_json_is_read_as_it_was_written(cast: Cast, labels: dict[str, object]) -> None:
    test = make_test(cast.team, "checkout", labels=labels)

    found = sql.read_tests(cast.team, [test.pk])[test.pk]

    assert found.labels == labels


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor == "postgresql", reason="PostgreSQL stores no half of a pair")
def test_half_a_surrogate_pair_is_read_too(cast: Cast) -> None:
    test = make_test(cast.team, "checkout", labels={"half": "\ud800"})

    assert sql.read_tests(cast.team, [test.pk])[test.pk].labels == {"half": "\ud800"}


@pytest.mark.django_db
def test_rows_read_together_share_nothing(cast: Cast) -> None:
    first, second = (sql.read_tests(cast.team, [make_test(cast.team, slug).pk]) for slug in ("one", "two"))
    (one,), (two,) = first.values(), second.values()

    one.labels["mine"] = "yes"

    assert two.labels == {}
    assert (one._state.adding, one._state.db, one.name) == (False, "default", Test.objects.get(pk=one.pk).name)
