"""A rule as typed is tried on what is stored: how often, how long, how many messages; bounded, and without a trace."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from alerts.backtest import audience_of, backtest, running
from alerts.backtest.replay import _Run
from alerts.models import Alert, AlertRule, Measurement, Test
from channels_app.words import Severity
from integrations.models import Group, GroupMember, Integration
from tests.alerts.conftest import Say
from tests.alerts.factories import SLOW, make_test
from tests.conftest import NOW, Cast
from tests.integrations.factories import make_integration

END = NOW + timedelta(minutes=10)
WORSE = {"metric": "response_time", "operator": ">", "threshold": 800.0, "severity": "critical"}


def _fields(*tests: Test, **fields: Any) -> dict[str, Any]:
    return {"tests": list(tests), "conditions": [SLOW], "recipients": ["a@example.com"], **fields}


def _say_all(say: Say, *values: float, **more: Any) -> None:
    for minute, value in enumerate(values):
        say(minute, fra1=value, **more)


def test_it_finds_the_violated_times(cast: Cast, test: Test, say: Say) -> None:
    _say_all(say, 1, 900, 900, 1, 1, 900)

    (trial,) = backtest(cast.team, _fields(test), 3, END).trials

    assert [(period.start, period.end) for period in trial.periods] == [
        (NOW + timedelta(minutes=1), NOW + timedelta(minutes=3)),
        (NOW + timedelta(minutes=5), None),
    ]
    assert trial.lasted == timedelta(minutes=2 + 5)
    assert not trial.cut


@pytest.mark.parametrize(
    ("fields", "messages"),
    [
        ({}, 3),
        ({"notify_on_clear": False}, 2),
        ({"recipients": []}, 0),
        ({"recipients": ["a@example.com", "b@example.com"]}, 6),
        ({"conditions": [SLOW, WORSE]}, 5),
    ],
)
def test_it_counts_the_messages(fields: dict[str, Any], messages: int, cast: Cast, test: Test, say: Say) -> None:
    _say_all(say, 1, 600, 900, 1, 600, 900)

    assert backtest(cast.team, _fields(test, **fields), 3, END).messages == messages


def test_severity_has_its_course(cast: Cast, test: Test, say: Say) -> None:
    _say_all(say, 600, 900, 600, 1)

    (trial,) = backtest(cast.team, _fields(test, conditions=[SLOW, WORSE]), 3, END).trials

    assert [str(severity) for _, severity in trial.periods[0].course] == ["minor", "critical", "minor"]
    assert trial.periods[0].worst == Severity.CRITICAL


def test_disabled_destinations_hear_nothing_and_trackers_hear_every_end(cast: Cast) -> None:
    room = make_integration(cast.team)
    off = make_integration(cast.team, name="off", enabled=False)

    heard = audience_of([room, off], ["a@example.com", "a@example.com"], on_clear=False)

    assert (heard.places, heard.hear_ends, heard.messages(3, 2)) == (2, 0, 6)


def test_it_leaves_no_trace(cast: Cast, test: Test, say: Say) -> None:
    _say_all(say, 900, 1, 900)
    before = Measurement.objects.count()

    backtest(cast.team, _fields(test), 3, END)

    assert not Alert.objects.exists()
    assert not AlertRule.objects.exists()
    assert Measurement.objects.count() == before


def test_absence_is_tried_too(cast: Cast, test: Test, say: Say) -> None:
    say(0, fra1=1)
    say(30, fra1=1)
    gone = {"metric": "response_time", "operator": "absent", "threshold": 5}

    found = backtest(cast.team, _fields(test, conditions=[gone]), 1, NOW + timedelta(minutes=32))

    last = found.trials[0].periods[-1]
    assert (last.start, last.end) == (NOW + timedelta(minutes=5), NOW + timedelta(minutes=30))


def test_what_began_before_counts_from_the_first_day_on(cast: Cast, test: Test, say: Say) -> None:
    _say_all(say, 900, 900, 900, 1)

    found = backtest(cast.team, _fields(test), 1, NOW + timedelta(days=1, minutes=2))

    assert found.count == 1
    assert found.lasted == timedelta(minutes=1)
    assert found.messages == 1, "its beginning was told before; its end was not"


def test_only_the_first_tests_are_tried(cast: Cast, say: Say) -> None:
    tests = [make_test(cast.team, f"t{n}") for n in range(7)]

    found = backtest(cast.team, _fields(*tests), 3, END)

    assert ([trial.test.slug for trial in found.trials], found.left_out) == (["t0", "t1", "t2", "t3", "t4"], 2)


def test_too_much_to_read_is_cut_to_the_newest_and_says_so(
    cast: Cast, test: Test, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "MAX_READINGS", 30)
    _say_all(say, *([900] * 2 + [1] * 60 + [900] * 2))
    end = NOW + timedelta(minutes=64)

    (trial,) = backtest(cast.team, _fields(test), 3, end).trials

    assert trial.cut
    assert len(trial.readings) <= 30
    assert [period.start for period in trial.periods] == [NOW + timedelta(minutes=62)]


def test_values_that_come_far_oftener_than_rounds_are_cut_too(
    cast: Cast, test: Test, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "MAX_READINGS", 30)
    for second in range(60):
        say(second / 60, fra1=900)

    (trial,) = backtest(cast.team, _fields(test), 3, NOW + timedelta(minutes=1)).trials

    assert trial.cut
    assert 0 < len(trial.readings) <= 30


def test_a_rule_that_is_to_be_looked_at_all_the_time_is_tried_on_the_newest(
    cast: Cast, test: Test, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "MAX_LOOKS", 60)
    looks, judge = [], _Run._judge

    def counted(run: _Run, at: float, how: Any) -> None:
        looks.append(at)
        judge(run, at, how)

    monkeypatch.setattr(_Run, "_judge", counted)
    for minute in range(100):
        say(minute, fra1=900)
    gone = [{"metric": "response_time", "operator": "absent", "threshold": 0.0001 * n} for n in range(1, 6)]

    (trial,) = backtest(cast.team, _fields(test, conditions=gone), 3, NOW + timedelta(minutes=100)).trials

    assert trial.cut
    assert trial.since > NOW + timedelta(minutes=90)
    assert trial.periods
    assert len(looks) <= 2 * 60 + 10


def test_a_rule_that_cannot_be_is_refused_by_its_fields(cast: Cast, test: Test) -> None:
    other = make_test(cast.other_team, "theirs")

    with pytest.raises(ValidationError) as refused:
        backtest(cast.team, _fields(other, conditions=[], rounds_required=0), 3, NOW)

    assert refused.value.message_dict.keys() == {"conditions", "rounds_required", "tests"}


def test_it_asks_three_questions_a_test_one_about_maintenance_and_one_about_whom_it_tells(
    cast: Cast, test: Test, say: Say, django_assert_num_queries: Any
) -> None:
    _say_all(say, *[900, 1] * 5, lon1=3, nyc1=4)

    with django_assert_num_queries(5):
        backtest(cast.team, _fields(test), 3, END)


def test_it_is_tried_on_what_its_selector_means(cast: Cast, test: Test, say: Say) -> None:
    _say_all(say, 900)

    found = backtest(cast.team, {**_fields(test), "tests": [], "selector": ["env=prod"]}, 3, END)

    assert [trial.test for trial in found.trials] == [test]


def test_groups_and_defaults_hear_too_unless_the_rule_says_only_these_or_is_in_shadow(cast: Cast, test: Test) -> None:
    ticked, grouped, usual = (make_integration(cast.team, name=name) for name in ("Ticked", "Grouped", "Usual"))
    Integration.objects.filter(pk=usual.pk).update(used_by_default=True)
    group = Group.objects.create(team=cast.team, name="Night")
    for each in (ticked, grouped):
        GroupMember.objects.create(team=cast.team, group=group, integration=each)
    fields = {**_fields(test), "integrations": [ticked], "groups": [group]}

    said = [fields, fields | {"only_these": True}, fields | {"shadow": True}]

    assert [backtest(cast.team, each, 3, END).audience.places for each in said] == [4, 3, 0]
