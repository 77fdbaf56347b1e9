"""What is laid over the values of a test: its alerts as bands, their events, and the limits of its rules."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from alerts.charts import Band, Box, Counts, Threshold, counts
from alerts.maintenance import Named, merged, named_between
from alerts.models import Alert, AlertEvent, Condition, Test
from alerts.pages.panels import limit
from alerts.sentences import event_words, who_of
from alerts.snapshots import condition_in_words

MAX_ALERTS = 200  # drawn as bands
MAX_BARS = 200
MAX_COUNTED = 5_000
MAX_EVENTS = 50
MAX_THRESHOLDS = 6

Times = tuple[int, datetime, datetime | None]  # an alert's id, started and cleared


@dataclass(frozen=True, slots=True)
class Entry:
    """An event of an alert, in words, and who did it."""

    event: AlertEvent
    words: str
    who: str


def times_of(test: Test, start: datetime, end: datetime) -> list[Times]:
    """The test's alerts that were open at some time from `start` to `end`, the latest first, at most MAX_COUNTED."""
    found = Alert.objects.filter(
        Q(cleared_at=None) | Q(cleared_at__gte=start), team=test.team_id, test=test, started_at__lte=end, drill=False
    )
    return list(found.order_by("-started_at").values_list("pk", "started_at", "cleared_at")[:MAX_COUNTED])


def counted(times: Sequence[Times], start: datetime, end: datetime, box: Box) -> Counts:
    """How many were triggered and cleared over time."""
    return counts(
        [started.timestamp() for _, started, _ in times],
        [cleared.timestamp() for _, _, cleared in times if cleared],
        start.timestamp(),
        end.timestamp(),
        box=box,
        zone=timezone.get_current_timezone(),
    )


def alerts_in(test: Test, times: Sequence[Times]) -> list[Alert]:
    """The latest MAX_ALERTS of them, the latest first."""
    found = Alert.objects.filter(team=test.team_id, pk__in=[pk for pk, *_ in times[:MAX_ALERTS]])
    return list(found.select_related("rule").order_by("-started_at", "-number"))


def bands_of(test: Test, alerts: Sequence[Alert]) -> list[Band]:
    """The alerts as bands that lead to their pages, the earliest first, so that the keyboard meets them in order."""
    return [_band(test, alert) for alert in reversed(alerts)]


def maintenance_of(test: Test, start: datetime, end: datetime) -> list[Named]:
    """The times in which the test was or will be in maintenance; in one query where there are none."""
    return named_between(test, start.timestamp(), end.timestamp())


def bars_of(times: Sequence[Named], start: datetime, end: datetime, team_slug: str = "") -> list[Band]:
    """Those between, as bars, at most MAX_BARS; with a team's slug they lead to its page."""
    href = reverse("maintenance", args=[team_slug]) if team_slug else ""
    within = [each for each in times if each.end > start.timestamp() and each.begin < end.timestamp()]
    return [_bar(each, href) for each in within[:MAX_BARS]]


def resting_until(times: Sequence[Named], now: datetime) -> datetime | None:
    """When the maintenance that is on ends, with all that follows at once; None where none is on."""
    at = now.timestamp()
    ends = [end for begin, end in merged((each.begin, each.end) for each in times) if begin <= at < end]
    return datetime.fromtimestamp(ends[0], UTC) if ends else None


def happened_at(alerts: Sequence[Alert], at: datetime | None) -> str:
    """What a moment is the start or the end of: "triggered #17" or "cleared #17"; empty otherwise."""
    said = [f"triggered #{alert.number}" for alert in alerts if alert.started_at == at]
    said += [f"cleared #{alert.number}" for alert in alerts if alert.cleared_at == at and at is not None]
    return ", ".join(said[:3])


def events_in(test: Test, times: Sequence[Times], start: datetime, end: datetime) -> tuple[list[Entry], bool]:
    """The latest MAX_EVENTS events of the alerts from `start` to `end`, and whether there are more."""
    ids = [pk for pk, *_ in times[:MAX_ALERTS]]
    # By the alerts alone, which are the test's: asked for the team too, SQLite reads every event of the team.
    found = AlertEvent.objects.filter(alert__in=ids, at__range=(start, end))
    rows = list(found.select_related("alert__rule").order_by("-at", "-pk")[: MAX_EVENTS + 1])
    return [Entry(event, event_words(event), who_of(event)) for event in rows[:MAX_EVENTS]], len(rows) > MAX_EVENTS


def thresholds_of(test: Test) -> dict[str, list[Threshold]]:
    """By metric, the limits of the enabled rules that watch the test; equal ones once."""
    found: dict[str, dict[tuple[float, str], Threshold]] = defaultdict(dict)
    conditions = Condition.objects.filter(
        rule__tests=test, rule__team=test.team_id, rule__enabled=True, rule__archived_at=None, threshold__isnull=False
    ).exclude(operator=Condition.Operator.ABSENT)
    for condition in conditions.select_related("rule").order_by("rule__name", "position"):
        threshold = _threshold(condition)
        if len(found[condition.metric]) < MAX_THRESHOLDS:
            found[condition.metric].setdefault((threshold.value, threshold.text), threshold)
    return {metric: list(limits.values()) for metric, limits in found.items()}


def _threshold(condition: Condition) -> Threshold:
    severity = condition.severity or condition.rule.severity
    return limit(condition.operator, condition.threshold or 0.0, severity, condition_in_words(condition, 0))


def _bar(each: Named, href: str) -> Band:
    begin, end = (timezone.localtime(datetime.fromtimestamp(at, UTC)) for at in (each.begin, each.end))
    text = f"Maintenance: {each.name}, {begin:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M}"
    return Band(each.begin, each.end, text, "maintenance", f"Maintenance: {each.name}", href)


def _band(test: Test, alert: Alert) -> Band:
    return Band(
        start=alert.started_at.timestamp(),
        end=alert.cleared_at.timestamp() if alert.cleared_at else None,
        text=f"#{alert.number} {alert.severity}: {alert.rule_name}",
        kind=alert.severity,
        label=f"#{alert.number} {alert.severity}",
        href=reverse("alert", args=[test.team.slug, alert.number]),
    )
