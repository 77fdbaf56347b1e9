"""Intake: each measurement judged alone, nothing half-stored, alerts there when the answer is."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from alerts.ingest import MAX_BATCH, ingest
from alerts.models import Alert, AlertEvent, Measurement, RuleState, Series, Test
from teams.access import Actor, actor_for
from tests.alerts.conftest import Say
from tests.alerts.factories import make_rule, make_test
from tests.conftest import Cast

GOOD = {
    "test": "checkout",
    "metric": "response_time",
    "source": "fra 1",
    "observed_at": "2026-03-02T12:00:00Z",
    "value": 812.5,
}


def _take(member: Actor, now: datetime, *measurements: object, **batch: Any) -> Any:
    return ingest(member, {"measurements": list(measurements), **batch}, now)


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"test": "unknown"}, "test", 'The test "unknown" is unknown in this team.'),
        ({"test": "rivals-own"}, "test", 'The test "rivals-own" is unknown in this team.'),
        ({"test": "old"}, "test", 'The test "old" is archived.'),
        ({"test": 17}, "test", "Must be the slug of a test; got 17."),
        ({"test": ""}, "test", 'Must be the slug of a test; got "".'),
        ({"metric": "a b"}, "metric", '1-100 letters, digits and _.:/- ; got "a b".'),
        ({"metric": "x" * 101}, "metric", f'got "{"x" * 59}…'),
        ({"metric": "line\n"}, "metric", r'got "line\n".'),
        ({"source": "a;b"}, "source", '1-100 letters, digits, spaces and _.:/- ; got "a;b".'),
        ({"source": None}, "source", "got null."),
        (
            {"observed_at": "yesterday"},
            "observed_at",
            'Must be an ISO 8601 time such as 2026-03-02T12:00:00Z; got "yest',
        ),
        (
            {"observed_at": 1772452800},
            "observed_at",
            "Must be an ISO 8601 time such as 2026-03-02T12:00:00Z; got 17724",
        ),
        ({"observed_at": "2026-03-02T12:00:00"}, "observed_at", "Must name its zone"),
        ({"observed_at": "2026-03-02T12:05:01Z"}, "observed_at", "Must not be more than 5 minutes ahead"),
        ({"observed_at": "1969-12-31T23:59:59Z"}, "observed_at", "Must be 1970 or later"),
        ({"observed_at": "0001-01-01T00:00:00+14:00"}, "observed_at", "Must be 1970 or later"),
        ({"observed_at": "9999-12-31T23:59:59-14:00"}, "observed_at", "Must not be more than 5 minutes ahead"),
        ({"value": float("nan")}, "value", "Must be a finite number up to 1.8e308; got NaN."),
        ({"value": float("inf")}, "value", "Must be a finite number up to 1.8e308; got Infinity."),
        ({"value": "812"}, "value", 'Must be a number; got "812".'),
        ({"value": True}, "value", "Must be a number; got true."),
        ({"value": None}, "value", "Must be a number; got null."),
        ({"value": 10**400}, "value", "Must be a number up to 1.8e308; got an integer of more than 330 digits."),
        ({"unit": "ms"}, "unit", "Unknown field. Known are: test, metric, source, observed_at, value."),
    ],
)
def test_a_bad_measurement_is_refused_by_field_and_its_neighbours_are_kept(
    change: dict[str, Any], field: str, words: str, cast: Cast, test: Test, member: Actor, now: datetime
) -> None:
    make_test(cast.other_team, "rivals-own")
    make_test(cast.team, "old", archived_at=now)

    result = _take(member, now, GOOD, GOOD | change, GOOD | {"source": "lon1"})

    (rejected,) = result.rejected
    assert (result.accepted, rejected.index, list(rejected.errors)) == (2, 1, [field])
    assert words in rejected.errors[field][0]
    assert Measurement.objects.count() == 2


@pytest.mark.parametrize("field", list(GOOD))
def test_every_field_is_required(field: str, test: Test, member: Actor, now: datetime) -> None:
    result = _take(member, now, {name: value for name, value in GOOD.items() if name != field})
    assert result.rejected[0].errors == {field: ["This field is required."]}


def test_all_that_is_wrong_is_named_at_once(test: Test, member: Actor, now: datetime) -> None:
    result = _take(member, now, GOOD | {"value": "x", "source": "", "metric": 1}, "no object")
    assert [sorted(item.errors) for item in result.rejected] == [["metric", "source", "value"], ["non_field_errors"]]


@pytest.mark.parametrize(
    ("batch", "field", "words"),
    [
        ([], "non_field_errors", "Send an object with measurements; got []."),
        ({}, "measurements", "Must be a list of measurements; got null."),
        ({"measurements": {}}, "measurements", "Must be a list of measurements; got {}."),
        ({"measurements": [], "notify": "loud"}, "notify", 'Must be one of auto, always, never; got "loud".'),
        ({"measurements": [], "force": 1}, "force", "Unknown field. Known are: notify, measurements."),
        ({"measurements": [GOOD] * (MAX_BATCH + 1)}, "measurements", "At most 5000 measurements a batch; got 5001."),
    ],
)
def test_what_is_no_batch_is_refused_as_a_whole(
    batch: object, field: str, words: str, test: Test, member: Actor, now: datetime
) -> None:
    with pytest.raises(ValidationError) as caught:
        ingest(member, batch, now)
    assert caught.value.message_dict == {field: [words]}
    assert not Measurement.objects.exists()


def test_a_viewer_may_not_send(cast: Cast, test: Test, now: datetime) -> None:
    viewer = actor_for(cast.viewer, cast.team)
    assert viewer is not None
    with pytest.raises(PermissionDenied):
        _take(viewer, now, GOOD)


def test_the_same_measurement_again_replaces_the_value(test: Test, member: Actor, now: datetime) -> None:
    _take(member, now, GOOD)
    later = now + timedelta(hours=1)

    _take(member, later, GOOD | {"value": 1}, GOOD | {"value": 2})

    (stored,) = Measurement.objects.all()
    assert (stored.value, stored.received_at) == (2.0, later)


def test_one_moment_in_two_zones_is_one_measurement(test: Test, member: Actor, now: datetime) -> None:
    _take(member, now, GOOD, GOOD | {"observed_at": "2026-03-02T13:00:00.000+01:00", "value": 3})
    assert list(Measurement.objects.values_list("observed_at", "value")) == [(now, 3.0)]


def test_a_violation_is_an_alert_when_the_answer_is_there(cast: Cast, test: Test, say: Say, now: datetime) -> None:
    rule = make_rule(cast.team, [test], severity="major")

    say(0, fra1=812.5, lon1=100)

    (alert,) = Alert.objects.all()
    assert (alert.number, alert.rule, alert.test, alert.severity, alert.started_at) == (1, rule, test, "major", now)
    assert alert.snapshot["start"] == {"sources": {"fra1": {"response_time": 812.5}}, "violating": 1, "heard": 2}
    (event,) = alert.events.all()
    assert (event.type, event.actor_text, event.detail) == ("triggered", "Bellhop", alert.snapshot["start"])


def test_recovery_clears_with_the_rounds_time(cast: Cast, test: Test, say: Say, now: datetime) -> None:
    make_rule(cast.team, [test])
    say(0, fra1=812.5)

    say(1, fra1=100)

    alert = Alert.objects.get()
    assert (alert.state, alert.cleared_reason, alert.cleared_at) == ("cleared", "recovered", now + timedelta(minutes=1))
    assert alert.snapshot["end"]["sources"] == {"fra1": {"response_time": 100.0}}


def test_a_round_that_begins_within_minutes_has_its_own_time(
    cast: Cast, test: Test, member: Actor, now: datetime
) -> None:
    make_rule(cast.team, [test])
    _take(member, now, GOOD | {"observed_at": "2026-03-02T11:59:42.5Z"})
    assert Alert.objects.get().started_at == now - timedelta(minutes=1)


def test_severities_of_conditions_rise_and_fall(cast: Cast, test: Test, say: Say) -> None:
    slow = {"metric": "response_time", "operator": ">"}
    make_rule(cast.team, [test], [slow | {"threshold": 500.0}, slow | {"threshold": 900.0, "severity": "critical"}])
    for round_, value in enumerate([600, 950, 700, 100]):
        say(round_, fra1=value)
    seen = [(event.type, event.severity) for event in AlertEvent.objects.all()]
    assert seen == [
        ("triggered", "minor"),
        ("severity_changed", "critical"),
        ("severity_changed", "minor"),
        ("cleared", "minor"),
    ]
    snapshot = Alert.objects.get().snapshot
    assert [snapshot[when]["sources"]["fra1"]["response_time"] for when in ("start", "latest", "end")] == [
        600,
        700,
        100,
    ]


def test_a_disabled_tests_measurements_are_stored_and_not_judged(cast: Cast, member: Actor, now: datetime) -> None:
    test = make_test(cast.team, enabled=False)
    make_rule(cast.team, [test])

    assert _take(member, now, GOOD).accepted == 1

    assert Measurement.objects.count() == 1
    assert not Alert.objects.exists()


def test_disabled_rules_open_nothing(cast: Cast, test: Test, say: Say) -> None:
    make_rule(cast.team, [test], enabled=False)
    say(0, fra1=900)
    assert not Alert.objects.exists()


@pytest.mark.parametrize(
    ("notify", "age", "announce"),
    [("auto", 0, "yes"), ("auto", 61, "too_old"), ("always", 61, "yes"), ("never", 0, "not_wanted")],
)
def test_a_batch_says_whether_it_is_to_be_told(
    notify: str, age: int, announce: str, cast: Cast, test: Test, member: Actor, now: datetime
) -> None:
    make_rule(cast.team, [test])
    _take(member, now + timedelta(minutes=age), GOOD, notify=notify)
    assert AlertEvent.objects.get().announce == announce


@pytest.mark.parametrize(("hours", "announce"), [(23, "yes"), (47, "yes"), (49, "too_old")])
def test_the_present_round_is_never_too_old_however_long_it_is(
    hours: int, announce: str, cast: Cast, member: Actor, now: datetime
) -> None:
    make_rule(cast.team, [make_test(cast.team, interval=86_400)])
    midnight = now.replace(hour=0)
    _take(member, midnight + timedelta(hours=hours), GOOD | {"observed_at": midnight.isoformat()})
    assert AlertEvent.objects.get().announce == announce


def test_any_past_time_is_taken_and_fifty_years_cost_nothing(
    cast: Cast, member: Actor, now: datetime, django_assert_max_num_queries: Any
) -> None:
    test = make_test(cast.team, interval=10)
    make_rule(cast.team, [test], rounds_required=2, rounds_window=60)
    _take(member, now, GOOD | {"observed_at": "1976-01-01T00:00:00Z"}, GOOD | {"observed_at": "1976-01-01T00:00:10Z"})

    with django_assert_max_num_queries(20):
        _take(member, now, GOOD)

    (alert,) = Alert.objects.all()
    assert (alert.state, alert.started_at.year) == ("triggered", 1976), "its newest report is a bad one still"
    assert len(RuleState.objects.get().state) < 500


def test_a_batch_of_the_past_and_of_now_in_any_order(cast: Cast, test: Test, member: Actor, now: datetime) -> None:
    make_rule(cast.team, [test])
    batch = [
        GOOD | {"observed_at": (now - timedelta(minutes=age)).isoformat(), "value": value}
        for age, value in ((0, 100), (2, 900), (1, 900), (3, 100))
    ]
    _take(member, now, *batch)
    (alert,) = Alert.objects.all()
    assert (alert.started_at, alert.cleared_at) == (now - timedelta(minutes=2), now)


def test_source_n_plus_one_is_refused_by_index(
    cast: Cast, test: Test, member: Actor, now: datetime, settings: Settings
) -> None:
    settings.BELLHOP_MAX_SOURCES = 3
    _take(member, now, *(GOOD | {"source": f"s{n}"} for n in range(2)))

    result = _take(member, now, *(GOOD | {"source": f"s{n}"} for n in (1, 2, 3, 4, 2)))

    assert (result.accepted, [item.index for item in result.rejected]) == (3, [2, 3])
    assert result.rejected[0].errors == {"source": ['A team has at most 3 sources; "s3" would be one more.']}
    assert Series.objects.count() == 3


def test_metric_n_plus_one_is_refused_and_other_teams_do_not_count(
    cast: Cast, test: Test, member: Actor, now: datetime, settings: Settings
) -> None:
    settings.BELLHOP_MAX_METRICS = 1
    other = make_test(cast.other_team)
    Series.objects.create(team=cast.other_team, test=other, metric="theirs", source="x")

    result = _take(member, now, GOOD, GOOD | {"metric": "errors"}, GOOD | {"source": "lon1"})

    assert result.accepted == 2
    assert result.rejected[0].errors == {"metric": ['A team has at most 1 metrics; "errors" would be one more.']}


def test_the_number_of_queries_does_not_grow_with_the_batch(cast: Cast, member: Actor, now: datetime) -> None:
    def queries_for(count: int, start: datetime) -> int:
        tests = [make_test(cast.team, f"t{count}-{n}") for n in range(count)]
        for test in tests:
            make_rule(cast.team, [test], name=test.slug)
        batch = [GOOD | {"test": test.slug, "observed_at": start.isoformat(), "value": 100} for test in tests]
        _take(member, start, *batch)
        worse = [item | {"observed_at": (start + timedelta(minutes=1)).isoformat(), "value": 900} for item in batch]
        with CaptureQueriesContext(connection) as context:
            _take(member, start + timedelta(minutes=1), *worse)
        return len(context)

    queries_for(1, now)  # the team's first alert brings its counter

    assert queries_for(3, now) == queries_for(12, now)
    assert Alert.objects.count() == 16
