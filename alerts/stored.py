"""Stored measurements as evaluation reads them again, in a handful of queries however many tests there are."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

from django.db.models import OuterRef, Subquery

from alerts.evaluation import Reading
from alerts.models import Measurement, Series

SAME_GROUP = 3600  # seconds; tests whose windows begin this close together are read together


@dataclass(slots=True)
class Need:
    """What is wanted of a test: these metrics, `span` seconds back from the round of its newest measurement."""

    interval: int
    span: int = 0
    metrics: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Past:
    """What a test has stored. A source silent for longer than the span has its newest measurements alone.

    `received` are the times (epoch seconds) at which each metric, and `heard` at which each source, came last.
    """

    readings: list[Reading] = field(default_factory=list)
    received: dict[str, float] = field(default_factory=dict)
    heard: dict[str, float] = field(default_factory=dict)


class _Newest(NamedTuple):
    test_id: int
    metric: str
    source: str
    at: datetime
    value: float
    received_at: datetime


def read_past(needs: Mapping[int, Need]) -> dict[int, Past]:
    """The past of each test by id; tests without any data have an empty one."""
    pasts = {test: Past() for test in needs}
    newest = [row for row in _newest_rows(needs) if row.metric in needs[row.test_id].metrics]
    since = _beginnings(needs, newest)
    for row in newest:
        _note(pasts[row.test_id], row, silent=row.at.timestamp() < since[row.test_id])
    for tests, start in _groups(since):
        metrics = {metric for test in tests for metric in needs[test].metrics}
        for test, metric, source, at, value in _rows_since(tests, metrics, start):
            if metric in needs[test].metrics and at.timestamp() >= since[test]:
                pasts[test].readings.append(Reading(source, metric, at.timestamp(), value))
    return pasts


def _newest_rows(needs: Mapping[int, Need]) -> Iterator[_Newest]:
    metrics = {metric for need in needs.values() for metric in need.metrics}
    own = Measurement.objects.filter(series=OuterRef("pk")).order_by("-observed_at")
    rows = Series.objects.filter(test__in=list(needs), metric__in=metrics).annotate(
        at=Subquery(own.values("observed_at")[:1]),
        value=Subquery(own.values("value")[:1]),
        received_at=Subquery(own.values("received_at")[:1]),
    )
    columns = rows.exclude(at=None).values_list("test_id", "metric", "source", "at", "value", "received_at")
    return (_Newest(*row) for row in columns)


def _beginnings(needs: Mapping[int, Need], newest: Iterable[_Newest]) -> dict[int, float]:
    last: dict[int, float] = {}
    for row in newest:
        last[row.test_id] = max(row.at.timestamp(), last.get(row.test_id, 0))
    return {test: at // needs[test].interval * needs[test].interval - needs[test].span for test, at in last.items()}


def _note(past: Past, row: _Newest, *, silent: bool) -> None:
    received = row.received_at.timestamp()
    past.received[row.metric] = max(received, past.received.get(row.metric, received))
    past.heard[row.source] = max(received, past.heard.get(row.source, received))
    if silent:
        past.readings.append(Reading(row.source, row.metric, row.at.timestamp(), row.value))


def _groups(since: Mapping[int, float]) -> Iterator[tuple[list[int], float]]:
    groups: dict[int, list[int]] = defaultdict(list)
    for test, start in since.items():
        groups[int(start // SAME_GROUP)].append(test)
    for tests in groups.values():
        yield tests, min(since[test] for test in tests)


def _rows_since(tests: list[int], metrics: set[str], start: float) -> Iterator[tuple[int, str, str, datetime, float]]:
    rows = Measurement.objects.filter(
        series__test__in=tests, series__metric__in=metrics, observed_at__gte=datetime.fromtimestamp(start, UTC)
    ).order_by("id")
    columns = ("series__test_id", "series__metric", "series__source", "observed_at", "value")
    return rows.values_list(*columns).iterator(chunk_size=5000)
