"""What the fields of a maintenance window may be."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError

from alerts.maintenance.recurring import WEEKDAYS, Schedule
from alerts.models import MaintenanceWindow, Test
from alerts.models.quiet import MAX_MINUTES
from alerts.refusals import Refused
from alerts.selecting import read_selector
from alerts.services.words import Errors, Reader, flag, line, list_of, one_of, read_fields, whole
from teams.models import Team
from teams.readers import zones
from teams.values import read_time, shown

MAX_EVERY = 52
MAX_NAMED = 500  # tests
LONGEST_SERIES = timedelta(days=5 * 366)
LISTS = ("tests", "excluded")
_PERIOD = {"daily": 1440, "weekly": 10_080, "monthly": 28 * 1440}  # minutes, at least

JsonDict = dict[str, Any]


def read_window(team: Team, fields: Mapping[str, Any], current: MaintenanceWindow | None) -> JsonDict:
    """The sound values of the fields that are named, of a new window of all; a ValidationError names every field that
    is wrong.

    Instead of `minutes` the first end may be named, as `ends_at`.
    """
    errors: Errors = {}
    if current is None:
        errors |= {name: ["This field is required."] for name in ("name", "starts_at") if name not in fields}
        if "minutes" not in fields and "ends_at" not in fields:
            errors["minutes"] = ["Say how many minutes it lasts, or when it ends (ends_at)."]
    readers = READERS | {name: _tests_of(team) for name in LISTS}
    values = read_fields(fields, readers, errors)
    whole_window = _DEFAULTS | (_as_values(current) if current else {}) | values
    if not errors:
        _read_end(whole_window, values, errors)
    if not errors:
        _check(whole_window, errors)
    if errors:
        raise ValidationError(errors)
    return values if current else whole_window


def _read_end(window: JsonDict, values: JsonDict, errors: Errors) -> None:
    """Minutes from the end, where that is named."""
    end = values.pop("ends_at", None)
    window.pop("ends_at", None)
    if end is None:
        return
    minutes = -(-(end - window["starts_at"]) // timedelta(minutes=1))
    if "minutes" in values and values["minutes"] != minutes:
        errors["ends_at"] = ["Name the minutes or the end, not both."]
    elif not 1 <= minutes <= MAX_MINUTES:
        errors["ends_at"] = [f"Must be 1 to {MAX_MINUTES:,} minutes after the beginning; got {minutes:,}."]
    else:
        window["minutes"] = values["minutes"] = minutes


def _check(window: JsonDict, errors: Errors) -> None:
    """What depends on several fields."""
    repeat, until = window["repeat"], window["repeats_until"]
    if repeat == "never":
        _refuse_needless(window, errors)
    elif until is None:
        errors["repeats_until"] = ["A window that repeats needs an end."]
    elif not window["starts_at"] <= until <= window["starts_at"] + LONGEST_SERIES:
        errors["repeats_until"] = ["Must be after the first beginning, at most five years."]
    elif window["minutes"] > _PERIOD[repeat] * window["every"]:
        errors["minutes"] = [f"At most {_PERIOD[repeat] * window['every']:,}: until it comes again."]
    if window["weekdays"] and repeat != "weekly":
        errors["weekdays"] = ["Only a window that repeats weekly has weekdays."]
    _check_tests(window, errors)
    if not errors and schedule_from(window).over_at() is None:
        errors["repeats_until"] = ["It never takes place: none of its weekdays lies between beginning and end."]


def _refuse_needless(window: JsonDict, errors: Errors) -> None:
    if window["repeats_until"] is not None:
        errors["repeats_until"] = ["Only a window that repeats has this end."]
    if window["every"] != 1:
        errors["every"] = ["Only a window that repeats has this."]


def _check_tests(window: JsonDict, errors: Errors) -> None:
    both = sorted(test.slug for test in set(window["tests"]) & set(window["excluded"]))
    if both:
        errors["excluded"] = [f"Cannot be included and left out at once: {shown(both[0])}."]
    if not (window["everything"] or window["tests"] or window["selector"]):
        errors["tests"] = ["Name tests, a selector, or everything: this window concerns nothing."]


def schedule_from(window: Mapping[str, Any]) -> Schedule:
    """When a window with these values takes place."""
    names = ("starts_at", "minutes", "time_zone", "repeat", "every", "repeats_until")
    return Schedule(weekdays=tuple(window["weekdays"]), **{name: window[name] for name in names})


def _as_values(window: MaintenanceWindow) -> JsonDict:
    links = list(window.test_links.select_related("test"))
    plain = {name: getattr(window, name) for name in _DEFAULTS if name not in LISTS}
    return plain | {
        "starts_at": window.starts_at,
        "minutes": window.minutes,
        "tests": [link.test for link in links if not link.excluded],
        "excluded": [link.test for link in links if link.excluded],
    }


def _tests_of(team: Team) -> Reader:
    def read(value: Any) -> list[Test]:
        tests = list_of(MAX_NAMED, "tests", value)
        for test in tests:
            if not isinstance(test, Test) or test.team_id != team.pk or test.archived_at:
                raise Refused(f"There is no test {shown(getattr(test, 'slug', test))} in this team.")
        return list(dict.fromkeys(tests))

    return read


def _moment(name: str, *, optional: bool = False) -> Reader:
    def read(value: Any) -> datetime | None:
        if value is None and optional:
            return None
        at = value if isinstance(value, datetime) else None
        if isinstance(value, str):
            at = read_time(name, value)
        if at is None or not 1970 < at.year < 9000:
            raise Refused(f"Must be an ISO 8601 time such as 2026-03-02T12:00:00Z; got {shown(value)}.")
        return at.astimezone(UTC).replace(microsecond=0)

    return read


def _read_zone(value: Any) -> str:
    if not isinstance(value, str) or value not in zones():
        raise Refused(f"Must be a time zone such as Europe/Berlin; got {shown(value)}.")
    return value


def _read_weekdays(value: Any) -> list[str]:
    days = list_of(len(WEEKDAYS), "weekdays", value)
    for day in days:
        if not isinstance(day, str) or day not in WEEKDAYS:
            raise Refused(f"Must be of {', '.join(WEEKDAYS)}; got {shown(day)}.")
    return [day for day in WEEKDAYS if day in days]


_DEFAULTS: JsonDict = {
    "time_zone": "UTC",
    "repeat": "never",
    "every": 1,
    "weekdays": [],
    "repeats_until": None,
    "everything": False,
    "selector": [],
    "tests": [],
    "excluded": [],
}

READERS: dict[str, Reader] = {
    "name": line(100, required=True),
    "time_zone": _read_zone,
    "starts_at": _moment("starts_at"),
    "ends_at": _moment("ends_at", optional=True),
    "minutes": whole(1, MAX_MINUTES),
    "repeat": one_of([str(word) for word in MaintenanceWindow.Repeat.values]),
    "every": whole(1, MAX_EVERY),
    "weekdays": _read_weekdays,
    "repeats_until": _moment("repeats_until", optional=True),
    "everything": flag,
    "selector": read_selector,
}
