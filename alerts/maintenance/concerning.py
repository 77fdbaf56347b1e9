"""Which tests the maintenance windows of a team concern, and when; one query where there are no windows then."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from alerts.evaluation import Ranges
from alerts.maintenance.recurring import Range, Schedule, merged
from alerts.models import MaintenanceWindow, Test, WindowTest
from alerts.models.quiet import MAX_MINUTES
from alerts.selecting import selects
from teams.models import Team
from teams.statements import fetch, moment

# Asked with each batch of measurements, so without the ORM.
NEAR = f"SELECT id FROM {MaintenanceWindow._meta.db_table} WHERE team_id = %s AND over_at > %s AND starts_at < %s"  # noqa: S608 - our own table name

Labels = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Named:
    """An occurrence of a window, in epoch seconds."""

    window: int
    name: str
    begin: float
    end: float


@dataclass(frozen=True, slots=True)
class _Met:
    """A window with those of its occurrences that are asked for, and the tests that it names."""

    window: MaintenanceWindow
    spans: list[Range]
    included: frozenset[int]
    excluded: frozenset[int]

    def means(self, test: int, labels: Labels) -> bool:
        if test in self.excluded:
            return False
        return self.window.everything or test in self.included or selects(self.window.selector, labels)


def ranges_of(team: Team, tests: Collection[int], since: float, until: float) -> dict[int, Ranges]:
    """The times, of those that have a part in since..until (epoch seconds), in which each test is in maintenance.

    Tests that are in none are left out. At most four queries, however many tests there are.
    """
    found = _met(team.pk, since, until)
    if not found:
        return {}
    labels = _labels(tests, found)
    spans = {
        test: [span for met in found if met.means(test, labels.get(test, {})) for span in met.spans] for test in tests
    }
    return {test: merged(each) for test, each in spans.items() if each}


def windows_now(team: Team, test_ids: Collection[int], now: datetime) -> dict[int, datetime]:
    """Those of the tests that are in maintenance now, and when it ends: windows that follow at once are waited for."""
    at = now.timestamp()
    ranges = ranges_of(team, test_ids, at, (now + timedelta(minutes=MAX_MINUTES)).timestamp())
    return {test: datetime.fromtimestamp(each[0][1], UTC) for test, each in ranges.items() if each[0][0] <= at}


def named_between(test: Test, since: float, until: float) -> list[Named]:
    """The occurrences that concern one test, with the names of their windows, in their order."""
    found = [met for met in _met(test.team_id, since, until) if met.means(test.pk, test.labels)]
    named = [Named(met.window.pk, met.window.name, *span) for met in found for span in met.spans]
    return sorted(named, key=lambda each: (each.begin, each.end, each.window))


def concerned(window: MaintenanceWindow) -> set[int]:
    """The ids of the team's tests that the window concerns, whenever it takes place."""
    [met] = _with_tests([(window, [])])
    rows = Test.objects.filter(team=window.team_id, archived_at=None).order_by().values_list("pk", "labels")
    return {pk for pk, labels in rows if met.means(pk, labels)}


def schedule_of(window: MaintenanceWindow) -> Schedule:
    """When the window takes place."""
    return Schedule(
        starts_at=window.starts_at,
        minutes=window.minutes,
        time_zone=window.time_zone,
        repeat=window.repeat,
        every=window.every,
        weekdays=tuple(window.weekdays),
        repeats_until=window.repeats_until,
        ended_early=tuple(datetime.fromisoformat(at).timestamp() for at in window.ended_early),
        archived_at=window.archived_at,
    )


def _met(team: int, since: float, until: float) -> list[_Met]:
    """The windows that take place between, archived ones too: what was in maintenance stays so."""
    bounds = (moment(datetime.fromtimestamp(at, UTC)) for at in (since, until))
    near = [pk for (pk,) in fetch(NEAR, [team, *bounds])]
    if not near:
        return []
    windows = MaintenanceWindow.objects.filter(pk__in=near).order_by("pk")
    return _with_tests([(window, spans) for window in windows if (spans := schedule_of(window).between(since, until))])


def _with_tests(found: Iterable[tuple[MaintenanceWindow, list[Range]]]) -> list[_Met]:
    found = list(found)
    named: dict[tuple[int, bool], set[int]] = defaultdict(set)
    if found:
        links = WindowTest.objects.filter(window__in=[window.pk for window, _ in found])
        for window, test, excluded in links.values_list("window_id", "test_id", "excluded"):
            named[window, excluded].add(test)
    return [_Met(w, spans, frozenset(named[w.pk, False]), frozenset(named[w.pk, True])) for w, spans in found]


def _labels(tests: Collection[int], found: Iterable[_Met]) -> dict[int, Labels]:
    """The tests' labels, where a window asks for any."""
    if not any(met.window.selector for met in found):
        return {}
    return dict(Test.objects.filter(pk__in=list(tests)).values_list("pk", "labels"))
