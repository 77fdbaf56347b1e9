"""What the page of an alert tells besides its fields: the timeline, each source's part, and who hears of its end."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from alerts.models import Alert, AlertEvent, EventType
from alerts.pages.rule_told import told_by
from alerts.sentences import event_words, who_of
from alerts.snapshots import holds

LATE = timedelta(minutes=5)
MAX_ENTRIES = 200


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a timeline. `who` says the way too; `late` is when it was recorded, where that was well after."""

    at: datetime
    words: str
    who: str
    type: str
    late: datetime | None


@dataclass(frozen=True, slots=True)
class Timeline:
    """Up to MAX_ENTRIES entries, oldest first: the newest, or those that came before the entry `before`.

    `older` is the entry before which there are more, None where there are none; `newest` is the newest of all.
    `closed_by` ended the alert.
    """

    entries: list[Entry]
    before: int | None
    older: int | None
    closed_by: str
    newest: int


@dataclass(frozen=True, slots=True)
class Part:
    """What one source said of one metric, "" where nothing is known; `violated` is about its value at the start."""

    source: str
    metric: str
    start: str
    end: str
    latest: str
    against: str
    violated: bool


def timeline_of(alert: Alert, before: int | None = None) -> Timeline:
    """The alert's timeline, in one query; in two where one looks at what came before an entry."""
    events = alert.events.order_by("-id")
    newest = list(events[: MAX_ENTRIES + 1])
    found = newest if before is None else list(events.filter(pk__lt=before)[: MAX_ENTRIES + 1])
    shown = found[:MAX_ENTRIES]
    return Timeline(
        entries=[_entry(event) for event in reversed(shown)],
        before=before,
        older=shown[-1].pk if len(found) > MAX_ENTRIES else None,
        closed_by=next((event.actor_text for event in newest if event.type == EventType.CLEARED), ""),
        newest=newest[0].pk,
    )


def parts_of(alert: Alert, latest: Mapping[tuple[str, str], float]) -> list[Part]:
    """Each source and metric of the snapshot, those that violated first; `latest` values where the alert is open."""
    start, end = (_values(alert.snapshot.get(moment)) for moment in ("start", "end"))
    conditions = alert.snapshot.get("conditions") or []
    parts = [
        _part(pair, start.get(pair), end.get(pair), latest.get(pair) if alert.cleared_at is None else None, conditions)
        for pair in start | end
    ]
    return sorted(parts, key=lambda part: (not part.violated, part.source, part.metric))


def hearers(alert: Alert) -> tuple[list[str], int]:
    """The integrations (name and target) and the number of recipients that the rule tells now."""
    told = told_by(alert.rule).values_list("name", "target")
    names = [f"{name} ({target})" if target else name for name, target in told]
    return names, len(alert.rule.recipients)


def _entry(event: AlertEvent) -> Entry:
    late = event.recorded_at if event.recorded_at - event.at > LATE else None
    return Entry(event.at, event_words(event), who_of(event), event.type, late)


def _values(moment: Mapping[str, Any] | None) -> dict[tuple[str, str], float]:
    sources = (moment or {}).get("sources") or {}
    return {(source, metric): value for source, values in sources.items() for metric, value in values.items()}


def _part(
    pair: tuple[str, str], start: float | None, end: float | None, latest: float | None, conditions: list[Any]
) -> Part:
    asked = [condition for condition in conditions if condition["metric"] == pair[1]]
    against = ", ".join(f"{condition['text']} ({condition['severity']})" for condition in asked)
    violated = start is not None and any(holds(condition, start) for condition in asked)
    return Part(*pair, _text(start), _text(end), _text(latest), against=against, violated=violated)


def _text(value: float | None) -> str:
    """A value as people read it: no more than its first six digits, but whole numbers whole."""
    if value is None:
        return ""
    return f"{value:.0f}" if float(value).is_integer() and abs(value) < 1e15 else f"{value:.6g}"
