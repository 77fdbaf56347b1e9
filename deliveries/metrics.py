"""/metrics: the state of the house as Prometheus reads it. Every value comes from the database when it is asked for,
so that any process may answer for all; no label names a team, an integration or anything else that users typed.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from django.conf import settings
from django.db import connection
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from channels_app.words import SEVERITIES
from deliveries import house
from deliveries.house import House

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Sample = tuple[tuple[str, ...], float]


def exposition(now: datetime) -> bytes:
    """All metrics in Prometheus' text format."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_House(house.look(now)))
    return generate_latest(registry)


class _House(Collector):
    """One look at the house."""

    def __init__(self, seen: House) -> None:
        self._seen = seen

    def collect(self) -> Iterator[Metric]:
        for part in (_installation, _queue, _life, _tallies, _findings, _timers):
            yield from part(self._seen)


def _installation(seen: House) -> Iterator[Metric]:
    labels = {"version": settings.BELLHOP_VERSION, "database": connection.vendor}
    yield _gauge("build_info", "Always 1; the labels say what runs.", labels, [(tuple(labels.values()), 1.0)])
    yield _plain("database_bytes", "Room that the database takes.", seen.database_bytes)
    yield _plain("disk_free_bytes", "Room left where the data directory is.", seen.disk_free)


def _queue(seen: House) -> Iterator[Metric]:
    states: list[Sample] = [(("pending",), seen.pending), (("sending",), seen.sending)]
    words = "Deliveries that have no end yet; counted to 100,000."
    yield _gauge("deliveries_open", words, ["state"], states)
    yield _plain("lanes_due", "Lanes that are due and that no sender holds.", seen.lanes.due)
    yield _plain("lanes_held", "Lanes that a sender holds.", seen.lanes.held)
    yield _plain("lanes_paused", "Lanes that wait after a failure or for a rate limit.", seen.lanes.paused)
    words = "How long the lane has waited that is due for longest and that no sender holds."
    yield _plain("oldest_due_seconds", words, seen.oldest_due.total_seconds())
    yield _plain("integrations_parked", "Integrations on hold since their destination fails.", seen.parked)
    alerts: list[Sample] = [((str(severity),), seen.alerts.get(severity, 0)) for severity in SEVERITIES]
    yield _gauge("alerts_open", "Alerts that are not cleared.", ["severity"], alerts)


def _life(seen: House) -> Iterator[Metric]:
    yield _plain("senders_alive", "Processes that send and were seen in the last minute.", len(seen.senders))
    yield _plain("well", "1 while nothing is wrong: what the dead-man ping goes by.", float(not seen.troubles))
    ago = (seen.now - seen.audited_at).total_seconds() if seen.audited_at else float("nan")
    yield _plain("auditor_last_turn_seconds", "Since when the auditor came to its end last.", ago)


def _tallies(seen: House) -> Iterator[Metric]:
    for family, name, label, words in (
        ("delivery", "deliveries", "state", "Deliveries that came to an end, as of the auditor's last turn."),
        ("attempt", "attempts", "outcome", "Calls to destinations, as of the auditor's last turn."),
    ):
        samples = [((row.kind, row.name), float(row.total)) for row in seen.tallies if row.family == family]
        yield _counter(name, words, ["kind", label], samples)


def _findings(seen: House) -> Iterator[Metric]:
    for name, words, make, value in _FINDINGS:
        yield make(name, words, ["kind"], [((row.kind,), float(getattr(row, value))) for row in seen.findings])


def _timers(seen: House) -> Iterator[Metric]:
    late: list[Sample] = [
        ((timer.name,), max(0.0, (seen.now - timer.next_at).total_seconds())) for timer in seen.timers
    ]
    yield _gauge("timer_late_seconds", "How long a timer has been waiting for its turn.", ["timer"], late)


def _plain(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(f"bellhop_{name}", words, value=value)


def _gauge(name: str, words: str, labels: Iterable[str], samples: Iterable[Sample]) -> Metric:
    family = GaugeMetricFamily(f"bellhop_{name}", words, labels=list(labels))
    for values, value in samples:
        family.add_metric(list(values), value)
    return family


def _counter(name: str, words: str, labels: Iterable[str], samples: Iterable[Sample]) -> Metric:
    family = CounterMetricFamily(f"bellhop_{name}", words, labels=list(labels))
    for values, value in samples:
        family.add_metric(list(values), value)
    return family


_FINDINGS: tuple[tuple[str, str, Callable[..., Metric], str], ...] = (
    ("findings", "Promises that the auditor found not kept.", _counter, "found"),
    ("findings_repaired", "Those of them that it made right.", _counter, "repaired"),
    ("findings_open", "What was wrong at the auditor's last turn and is not mended.", _gauge, "open"),
)
