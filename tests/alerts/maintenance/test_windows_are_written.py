"""Windows are made, changed, ended and deleted: audited, within limits, with errors that name field and limit."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from alerts.maintenance.listing import listing
from alerts.models import MaintenanceWindow, Test, WindowTest
from alerts.services import maintenance
from alerts.services.maintenance import archive_window, as_words, create_window, end_window, update_window
from teams.access import Actor, actor_for
from teams.errors import Conflict
from teams.models import AuditEntry
from tests.alerts.factories import make_test
from tests.alerts.maintenance.conftest import Plan
from tests.conftest import Cast

LATE = datetime(2026, 4, 1, tzinfo=UTC)


def refused(member: Actor, now: datetime, **fields: Any) -> dict[str, list[str]]:
    whole = {"name": "Upgrade", "starts_at": now, "minutes": 60, "everything": True} | fields
    with pytest.raises(ValidationError) as refusal:
        create_window(member, {name: value for name, value in whole.items() if value is not ...}, now)
    assert not MaintenanceWindow.objects.exists()
    return dict(refusal.value.message_dict)


DAILY = {"repeat": "daily", "repeats_until": LATE}


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"name": " "}, "name", "Must not be empty."),
        ({"name": "x" * 101}, "name", "At most 100 characters; this has 101."),
        ({"name": ...}, "name", "This field is required."),
        ({"minutes": ...}, "minutes", "Say how many minutes it lasts, or when it ends (ends_at)."),
        ({"minutes": 0}, "minutes", "Must be a whole number from 1 to 43200; got 0."),
        ({"minutes": 43_201}, "minutes", "Must be a whole number from 1 to 43200; got 43201."),
        ({"time_zone": "Mars/Base"}, "time_zone", 'Must be a time zone such as Europe/Berlin; got "Mars/Base".'),
        ({"starts_at": "tomorrow"}, "starts_at", "Must be an ISO 8601 time with its zone"),
        ({"starts_at": "2026-03-02T12:00:00"}, "starts_at", "Must be an ISO 8601 time with its zone"),
        ({"starts_at": 5}, "starts_at", "Must be an ISO 8601 time such as"),
        ({"minutes": ..., "ends_at": "2026-03-02T12:00:00Z"}, "ends_at", "Must be 1 to 43,200 minutes after"),
        ({"minutes": 5, "ends_at": "2026-03-02T13:00:00Z"}, "ends_at", "Name the minutes or the end, not both."),
        ({"starts_at": "2026-03-02T10:00:00Z"}, "starts_at", "This window would be over already."),
        ({"repeat": "hourly"}, "repeat", 'Must be one of never, daily, weekly, monthly; got "hourly".'),
        ({"repeat": "daily"}, "repeats_until", "A window that repeats needs an end."),
        (DAILY | {"repeats_until": "2032-01-01T00:00:00Z"}, "repeats_until", "at most five years"),
        (DAILY | {"repeats_until": "2026-03-01T00:00:00Z"}, "repeats_until", "Must be after the first beginning"),
        (DAILY | {"minutes": 1441}, "minutes", "At most 1,440: until it comes again."),
        (DAILY | {"every": 53}, "every", "Must be a whole number from 1 to 52; got 53."),
        ({"repeats_until": LATE}, "repeats_until", "Only a window that repeats has this end."),
        ({"every": 2}, "every", "Only a window that repeats has this."),
        (DAILY | {"weekdays": ["mon"]}, "weekdays", "Only a window that repeats weekly has weekdays."),
        (DAILY | {"repeat": "weekly", "weekdays": ["monday"]}, "weekdays", "Must be of mon, tue,"),
        (
            {"repeat": "weekly", "weekdays": ["sun"], "repeats_until": "2026-03-03T00:00:00Z"},
            "repeats_until",
            "It never takes place",
        ),
        ({"everything": False}, "tests", "Name tests, a selector, or everything: this window concerns nothing."),
        ({"everything": "yes"}, "everything", 'Must be true or false; got "yes".'),
        ({"tests": ["nobody"]}, "tests", 'There is no test "nobody" in this team.'),
        ({"tests": ["x"] * 501}, "tests", "At most 500 tests; got 501."),
        ({"selector": ["=live"]}, "selector", "selector[0]: Must begin with the name of a label"),
        ({"colour": "red"}, "colour", "Unknown field. Known are:"),
    ],
)
def test_what_cannot_be_is_refused_by_field_and_limit(
    fields: dict[str, Any], field: str, words: str, member: Actor, now: datetime
) -> None:
    errors = refused(member, now, **fields)
    assert list(errors) == [field]
    assert words in errors[field][0]


def test_all_that_is_wrong_is_said_at_once(member: Actor, now: datetime) -> None:
    assert set(refused(member, now, name="", minutes=0, weekdays=5)) == {"name", "minutes", "weekdays"}


def test_another_teams_test_is_nobodys(cast: Cast, member: Actor, now: datetime) -> None:
    theirs = make_test(cast.other_team, "theirs")
    assert refused(member, now, tests=[theirs]) == {"tests": ['There is no test "theirs" in this team.']}
    window = create_window(member, {"name": "x", "starts_at": now, "minutes": 5, "everything": True}, now)
    with pytest.raises(IntegrityError), transaction.atomic():
        WindowTest.objects.create(team=cast.team, window=window, test=theirs)


def test_the_end_may_be_named_instead_of_the_minutes(member: Actor, now: datetime) -> None:
    end = (now + timedelta(minutes=90, seconds=10)).isoformat()
    fields = {"name": "x", "starts_at": now.isoformat(), "ends_at": end, "everything": True}
    assert create_window(member, fields, now).minutes == 91


def test_a_team_has_at_most_so_many_that_are_not_over(
    plan: Plan, member: Actor, now: datetime, at: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(maintenance, "MAX_WINDOWS", 2)
    plan(1, 10)
    plan(5, 10)
    with pytest.raises(ValidationError, match="at most 2 maintenance windows that are not over"):
        plan(10, 20)
    assert plan(11, 20, made=10).pk


def test_making_changing_ending_and_deleting_are_audited(
    plan: Plan, member: Actor, test: Test, at: Any, cast: Cast
) -> None:
    window = plan(0, 60)
    update_window(member, window, {"tests": [test], "everything": False, "minutes": 90}, at(1))
    update_window(member, window, {"minutes": 90}, at(1))
    end_window(member, window, at(2))
    archive_window(member, window, at(3))

    entries = AuditEntry.objects.filter(target_type="alerts.maintenancewindow").order_by("id")
    assert [entry.action.removeprefix("window.") for entry in entries] == ["created", "changed", "ended", "archived"]
    assert entries[1].changes == {"minutes": [60, 90], "everything": [True, False], "tests": [[], ["checkout"]]}


def test_ending_ends_the_one_that_is_on_and_leaves_those_that_come(plan: Plan, member: Actor, at: Any) -> None:
    window = plan(10, 20, repeat="daily", repeats_until=at(3000))
    with pytest.raises(Conflict, match="not on now"):
        end_window(member, window, at(5))
    end_window(member, window, at(12))
    with pytest.raises(Conflict):
        end_window(member, window, at(13))
    window.refresh_from_db()
    assert (window.over_at, maintenance.is_on(window, at(15)), maintenance.is_on(window, at(1455))) == (
        at(2900),
        False,
        True,
    )
    once = plan(10, 20, made=12)
    end_window(member, once, at(12))
    once.refresh_from_db()
    assert once.over_at == at(12)


def test_a_deleted_one_can_be_changed_no_more(plan: Plan, member: Actor, at: Any) -> None:
    window = plan(10, 20)
    archive_window(member, window, at(1))
    for deed in (end_window, archive_window):
        with pytest.raises(Conflict, match="was deleted"):
            deed(member, window, at(2))


def test_viewers_may_not(cast: Cast, plan: Plan, now: datetime) -> None:
    viewer, window = actor_for(cast.viewer, cast.team), plan(0, 20)
    assert viewer is not None
    for write in (
        lambda: create_window(viewer, as_words(window), now),
        lambda: update_window(viewer, window, {"name": "y"}, now),
        lambda: end_window(viewer, window, now),
        lambda: archive_window(viewer, window, now),
    ):
        with pytest.raises(PermissionDenied):
            write()


def test_the_list_has_what_is_on_what_comes_and_what_was(plan: Plan, member: Actor, at: Any, cast: Cast) -> None:
    past, on, later, soon = (
        plan(*times, name=name)
        for times, name in [
            ((0, 5), "past"),
            ((0, 30), "on"),
            ((50, 60), "later"),
            ((40, 60), "soon"),
        ]
    )
    archive_window(member, plan(0, 20, name="deleted"), at(1))
    found = listing(cast.team, at(10))
    assert [[each.window for each in part] for part in (found.on, found.coming, found.past)] == [
        [on],
        [soon, later],
        [past],
    ]
