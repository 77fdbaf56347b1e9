"""Alerts as rows of a list."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from alerts.links import iso_utc
from alerts.models import Alert
from alerts.sentences import CLEARED_WORDS
from alerts.snapshots import holds
from teams.values import stamp

_MINUTE = timedelta(minutes=1)
_STAMPED = ("pk", "state", "severity", "assigned_to_id", "acknowledged_by_text", "still_violated")


@dataclass(frozen=True, slots=True)
class Row:
    """One alert: the value that began it against its threshold, how many sources violated, and what may be done."""

    alert: Alert
    value: str
    sources: int
    started: str
    lasted: timedelta
    why: str
    is_new: bool
    may_act: bool


def rows_of(alerts: Iterable[Alert], acting: Collection[int], now: datetime, seen: int | None = None) -> list[Row]:
    """The rows; `acting` are the ids of teams where one may act, and numbers above `seen` are new to the reader."""
    return [
        Row(
            alert=alert,
            value=value_words(alert.snapshot),
            sources=_sources(alert.snapshot),
            started=iso_utc(alert.started_at),
            lasted=_lasted(alert, now),
            why=CLEARED_WORDS.get(alert.cleared_reason, ""),
            is_new=seen is not None and alert.number > seen,
            may_act=alert.team_id in acting and alert.cleared_at is None,
        )
        for alert in alerts
    ]


def value_words(snapshot: Mapping[str, Any]) -> str:
    """The worst source's value as the alert began, against its condition: "response_time 812.5 > 500"."""
    start = snapshot.get("start") or {}
    conditions = snapshot.get("conditions") or []
    for values in (start.get("sources") or {}).values():
        for condition in conditions:
            value = values.get(condition["metric"])
            if value is not None and holds(condition, value):
                return f"{condition['metric']} {value:g} {condition['operator']} {condition['threshold']:g}"
    return f"{', '.join(start['absent'])} absent" if start.get("absent") else ""


def stamp_of(*parts: object, rows: Iterable[Row]) -> str:
    """A text that differs when anything that the rows or `parts` show differs."""
    shown = [(row.may_act, *(getattr(row.alert, name) for name in _STAMPED)) for row in rows]
    return stamp(parts, shown)


def _lasted(alert: Alert, now: datetime) -> timedelta:
    """Of an open alert in whole minutes, as often as the list is drawn anew."""
    if alert.cleared_at is not None:
        return alert.cleared_at - alert.started_at
    span = max(now - alert.started_at, timedelta())
    return span if span < _MINUTE else span // _MINUTE * _MINUTE


def _sources(snapshot: Mapping[str, Any]) -> int:
    start = snapshot.get("start") or {}
    return int(start.get("violating") or len(start.get("sources") or {}))
