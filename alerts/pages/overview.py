"""The team's tests at a glance: is anything violated, how severe, and when a value came last."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import OuterRef, Q, Subquery

from alerts.models import Alert, Measurement, Series, Test
from channels_app.words import Severity
from teams.models import Team
from teams.paging import behind, cut

PAGE = 50
SILENT_ROUNDS = 5


@dataclass(slots=True)
class TestEntry:
    """`alerts` are open ones, `severity` is that of the most severe; `last_at` is when a value was measured last."""

    test: Test
    alerts: int = 0
    severity: str = ""
    metrics: set[str] = field(default_factory=set)
    last_at: datetime | None = None
    silent: bool = False


@dataclass(frozen=True, slots=True)
class Overview:
    """`after` is the id that the next page begins behind, None on the last."""

    entries: list[TestEntry]
    after: int | None


def overview(team: Team, asked: str, after: int | None, now: datetime) -> Overview:
    """The team's tests by name, from behind the one with the id `after`; `asked` is part of a name, slug or target."""
    tests, more = _page(team, asked, after)
    entries = {test.pk: TestEntry(test) for test in tests}
    _add_alerts(entries)
    _add_values(entries, now)
    return Overview(list(entries.values()), more)


def _page(team: Team, asked: str, after: int | None) -> tuple[list[Test], int | None]:
    tests = Test.objects.of(team).order_by("name", "pk")
    if asked:
        tests = tests.filter(Q(name__icontains=asked) | Q(slug__icontains=asked) | Q(target__icontains=asked))
    return cut(tests.filter(behind(Test.objects.filter(team=team), after, "name")), PAGE)


def _add_alerts(entries: dict[int, TestEntry]) -> None:
    found = Alert.objects.filter(test__in=entries, cleared_at=None).values_list("test_id", "severity")
    severities: dict[int, list[Severity]] = defaultdict(list)
    for test_id, severity in found:
        severities[test_id].append(Severity(severity))
    for test_id, those in severities.items():
        entries[test_id].alerts = len(those)
        entries[test_id].severity = max(those, key=lambda severity: severity.rank)


def _add_values(entries: dict[int, TestEntry], now: datetime) -> None:
    latest = Measurement.objects.filter(series=OuterRef("pk")).order_by("-observed_at").values("observed_at")[:1]
    rows = Series.objects.filter(test__in=entries).values_list("test_id", "metric", Subquery(latest))
    for test_id, metric, at in rows:
        entry = entries[test_id]
        entry.metrics.add(metric)
        entry.last_at = max(filter(None, (entry.last_at, at)), default=None)
    for entry in entries.values():
        patience = timedelta(seconds=SILENT_ROUNDS * entry.test.interval)
        entry.silent = entry.test.enabled and (entry.last_at is None or entry.last_at < now - patience)
