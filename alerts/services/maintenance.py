"""Creates, changes, ends and archives maintenance windows; each change is audited, and followed by what it touches."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from alerts import maintenance, rebuilding, sql, watches
from alerts.links import iso_utc
from alerts.maintenance import Range, Schedule
from alerts.maintenance.fields import LISTS, read_window, schedule_from
from alerts.models import MaintenanceWindow, RuleState, WindowTest
from alerts.signals import quiet_changed
from alerts.watches import Watch
from teams import audit
from teams.access import Actor, Permission, require
from teams.errors import Conflict

MAX_WINDOWS = 200  # of a team that are not over
MOST_ENDS = 50  # early ends that a window remembers
LOOKED_BACK = 32 * 86_400  # seconds in which a changed past can still matter to rules


@transaction.atomic
def create_window(actor: Actor, fields: Mapping[str, Any], now: datetime) -> MaintenanceWindow:
    """A window from the API's field names; `tests` and `excluded` are objects. It holds at once, and for what was
    measured since its beginning. A ValidationError names every field that is wrong."""
    require(actor, Permission.EDIT)
    sql.hold_rules(actor.team)
    values = read_window(actor.team, fields, None)
    if MaintenanceWindow.objects.filter(team=actor.team, over_at__gt=now).count() >= MAX_WINDOWS:
        raise ValidationError({"name": [f"A team has at most {MAX_WINDOWS} maintenance windows that are not over."]})
    over_at = _end_of(schedule_from(values), now)
    if over_at <= now:
        raise ValidationError({"starts_at": ["This window would be over already."]})
    plain = {name: value for name, value in values.items() if name not in LISTS}
    by = {"by": actor.user, "by_text": actor.text[:200], "created_at": now}
    window = MaintenanceWindow.objects.create(team=actor.team, over_at=over_at, **plain, **by)
    _write_tests(window, values)
    audit.record(actor, "window.created", window, audit.differences({}, as_words(window)))
    _follow(actor, [], set(), window, now)
    return window


@transaction.atomic
def update_window(
    actor: Actor, window: MaintenanceWindow, fields: Mapping[str, Any], now: datetime
) -> MaintenanceWindow:
    """Change the fields that are named, lists as a whole; the window is then as though it had always been so."""
    require(actor, Permission.EDIT)
    sql.hold_rules(actor.team)
    window = _locked(actor, window)
    values = read_window(actor.team, fields, window)
    before, spans, tests = as_words(window), _past(window, now), maintenance.concerned(window)
    for name in values.keys() - set(LISTS):
        setattr(window, name, values[name])
    window.over_at = _end_of(maintenance.schedule_of(window), now)
    window.save()
    _write_tests(window, values)
    changes = audit.differences(before, as_words(window))
    if changes:
        audit.record(actor, "window.changed", window, changes)
        _follow(actor, spans, tests, window, now)
    return window


@transaction.atomic
def end_window(actor: Actor, window: MaintenanceWindow, now: datetime) -> MaintenanceWindow:
    """End the occurrence that is on; those that come stay. Conflict where none is on."""
    require(actor, Permission.EDIT)
    sql.hold_rules(actor.team)
    window = _locked(actor, window)
    if not is_on(window, now):
        raise Conflict("This window is not on now, so there is nothing to end.")
    window.ended_early = [*window.ended_early, now.isoformat()][-MOST_ENDS:]
    window.over_at = _end_of(maintenance.schedule_of(window), now)
    window.save(update_fields=["ended_early", "over_at"])
    audit.record(actor, "window.ended", window)
    _wake(actor, _watches(maintenance.concerned(window)), now)
    return window


@transaction.atomic
def archive_window(actor: Actor, window: MaintenanceWindow, now: datetime) -> None:
    """Take the window out of use from now on; what was in maintenance stays so."""
    require(actor, Permission.EDIT)
    sql.hold_rules(actor.team)
    window = _locked(actor, window)
    window.archived_at, window.over_at = now, min(window.over_at, now)
    window.save(update_fields=["archived_at", "over_at"])
    audit.record(actor, "window.archived", window)
    _wake(actor, _watches(maintenance.concerned(window)), now)


def is_on(window: MaintenanceWindow, now: datetime) -> bool:
    """Whether an occurrence is on."""
    return any(begin <= now.timestamp() for begin, _ in maintenance.schedule_of(window).next(now.timestamp(), 1))


def as_words(window: MaintenanceWindow) -> dict[str, Any]:
    """The window under the API's field names."""
    links = [link for link in window.test_links.all() if link.test.archived_at is None]
    named = {
        excluded: sorted(link.test.slug for link in links if link.excluded is excluded) for excluded in (False, True)
    }
    return {
        "name": window.name,
        "time_zone": window.time_zone,
        "starts_at": iso_utc(window.starts_at),
        "minutes": window.minutes,
        "repeat": window.repeat,
        "every": window.every,
        "weekdays": window.weekdays,
        "repeats_until": iso_utc(window.repeats_until) if window.repeats_until else None,
        "everything": window.everything,
        "tests": named[False],
        "excluded": named[True],
        "selector": window.selector,
    }


def _end_of(schedule: Schedule, now: datetime) -> datetime:
    """When nothing is left of it; now, where nothing was."""
    at = schedule.over_at()
    return now if at is None else datetime.fromtimestamp(at, UTC)


def _locked(actor: Actor, window: MaintenanceWindow) -> MaintenanceWindow:
    """The window as it is now; Conflict if it was deleted since it was read."""
    rows = MaintenanceWindow.objects.select_for_update(of=("self",)).select_related("team")
    found = rows.filter(team=actor.team, pk=window.pk, archived_at=None).first()
    if found is None:
        raise Conflict("This maintenance window was deleted.")
    return found


def _write_tests(window: MaintenanceWindow, values: Mapping[str, Any]) -> None:
    for name, excluded in (("tests", False), ("excluded", True)):
        if name in values:
            window.test_links.filter(excluded=excluded).exclude(test__in=values[name]).delete()
    links = [
        WindowTest(team=window.team, window=window, test=test, excluded=excluded)
        for name, excluded in (("tests", False), ("excluded", True))
        for test in values.get(name, [])
    ]
    WindowTest.objects.bulk_create(links, ignore_conflicts=True)


def _past(window: MaintenanceWindow, now: datetime) -> list[Range]:
    """What of it was, as far as it matters."""
    at = now.timestamp()
    spans = maintenance.schedule_of(window).between(at - LOOKED_BACK, at)
    return [(begin, min(end, at)) for begin, end in spans]


def _follow(actor: Actor, spans: list[Range], tests: set[int], window: MaintenanceWindow, now: datetime) -> None:
    """Judge anew what holds values of a time that was, or is now, in maintenance; have all wait anew that should."""
    now_spans, now_tests = _past(window, now), maintenance.concerned(window)
    changed = tests | now_tests if spans != now_spans else tests ^ now_tests
    found = _watches(changed)
    touched = [watch for watch in found if watch.facts.enabled and _holds(watch, [*spans, *now_spans])]
    rebuilding.rebuild(actor, touched, now, reason="recovered")
    renewed = {watch.id for watch in touched}
    _wake(actor, [watch for watch in found if watch.id not in renewed], now)


def _watches(tests: Iterable[int]) -> list[Watch]:
    return watches.lock_all(RuleState.objects.filter(test__in=list(tests)))


def _holds(watch: Watch, spans: Iterable[Range]) -> bool:
    times = [entry[0] for by in watch.state.values.values() for report in by.values() for entry in report.values()]
    return any(begin <= at < end for begin, end in spans for at in times)


def _wake(actor: Actor, found: list[Watch], now: datetime) -> None:
    """Have time alone look at watches when it should by the maintenance that is left, and what is held back be told."""
    watches.rest_all(actor.team, found, now.timestamp() - watches.LONGEST_PATIENCE, now.timestamp())
    watches.save(found)
    quiet_changed.send(sender="alerts.services.maintenance", team=actor.team, now=now)
