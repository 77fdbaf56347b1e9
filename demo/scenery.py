"""What the demo team watches, and how its numbers behave: the seed and the feed draw from the same description."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any


@dataclass(frozen=True)
class Metric:
    """Values scatter around `usual`; in trouble they climb to `trouble`."""

    name: str
    usual: float
    scatter: float
    trouble: float


@dataclass(frozen=True)
class Watched:
    """A test of the demo. `step` is how many seconds lie between two of its points in the history."""

    slug: str
    name: str
    target: str
    interval: int
    step: int
    sources: tuple[str, ...]
    metrics: tuple[Metric, ...]
    labels: tuple[tuple[str, str], ...] = ()

    def points(self, at: datetime, trouble: float = 0.0) -> Iterator[dict[str, Any]]:
        """One measurement a metric and source; `trouble` is 0 (well) to 1 (as bad as it gets). Always the same for the
        same moment."""
        for metric in self.metrics:
            for source in self.sources:
                dice = random.Random(f"{self.slug} {metric.name} {source} {int(at.timestamp())}")  # noqa: S311 - scenery
                value = dice.gauss(metric.usual, metric.scatter) + trouble * (metric.trouble - metric.usual)
                yield {
                    "test": self.slug,
                    "metric": metric.name,
                    "source": source,
                    "observed_at": at.isoformat(),
                    "value": round(max(0.0, value), 2),
                }


CHECKOUT = Watched(
    slug="checkout",
    name="Checkout page",
    target="https://shop.example/checkout",
    interval=10,
    step=120,
    sources=("Frankfurt", "Virginia", "Tokyo"),
    metrics=(Metric("response_time", 340, 45, 2900),),
    labels=(("service", "shop"),),
)
API = Watched(
    slug="api",
    name="Public API",
    target="https://api.shop.example/",
    interval=10,
    step=120,
    sources=("Frankfurt", "Virginia"),
    metrics=(Metric("error_rate", 0.6, 0.2, 14), Metric("response_time", 95, 12, 260)),
    labels=(("service", "shop"),),
)
DATABASE = Watched(
    slug="database",
    name="Orders database",
    target="db1.shop.example",
    interval=60,
    step=60,
    sources=("db1",),
    metrics=(Metric("disk_used", 71, 0.3, 92), Metric("connections", 42, 6, 48)),
    labels=(("service", "orders"),),
)
MAIL = Watched(
    slug="mail-queue",
    name="Mail queue",
    target="mx1.shop.example",
    interval=60,
    step=120,
    sources=("mx1",),
    metrics=(Metric("queued", 14, 4, 900),),
    labels=(("service", "mail"),),
)
SEARCH = Watched(
    slug="search",
    name="Search index",
    target="search1.shop.example",
    interval=10,
    step=120,
    sources=("search1",),
    metrics=(Metric("lag", 4, 1, 240),),
    labels=(("service", "shop"),),
)
TESTS = (CHECKOUT, API, DATABASE, MAIL, SEARCH)

SLACK_OPS, SLACK_RANDOM = "Slack #ops", "Slack #random"
HIPCHAT_OPS, HIPCHAT_NIGHT = "HipChat Operations", "HipChat Night shift"

RULES: tuple[dict[str, Any], ...] = (
    {
        "name": "Checkout is slow",
        "severity": "major",
        "conditions": [
            {"metric": "response_time", "operator": ">", "threshold": 1000},
            {"metric": "response_time", "operator": ">", "threshold": 2500, "severity": "critical"},
        ],
        "match": "any",
        "minimum_sources": 2,
        "tests": ["checkout"],
        "integrations": [SLACK_OPS, HIPCHAT_OPS],
        "message": "Customers cannot pay while this lasts.",
        "runbook": "https://wiki.shop.example/checkout-is-slow",
    },
    {
        "name": "API answers with errors",
        "severity": "critical",
        "conditions": [{"metric": "error_rate", "operator": ">", "threshold": 5}],
        "tests": ["api"],
        "integrations": [SLACK_OPS, HIPCHAT_NIGHT],
        "runbook": "https://wiki.shop.example/api-errors",
    },
    {
        "name": "Disk is filling up",
        "severity": "minor",
        "conditions": [{"metric": "disk_used", "operator": ">", "threshold": 90}],
        "rounds_required": 2,
        "rounds_window": 3,
        "tests": ["database"],
        "integrations": [HIPCHAT_OPS],
        "recipients": ["orders@shop.example"],
    },
    {
        "name": "Mails are waiting",
        "severity": "info",
        "conditions": [{"metric": "queued", "operator": ">", "threshold": 500}],
        "tests": ["mail-queue"],
        "integrations": [SLACK_RANDOM],
    },
    {
        "name": "Search lags behind",
        "severity": "minor",
        "conditions": [{"metric": "lag", "operator": ">", "threshold": 60}],
        "tests": ["search"],
        "integrations": [SLACK_OPS, HIPCHAT_OPS],
        "message": "New goods cannot be found while this lasts.",
    },
)


@dataclass(frozen=True)
class Episode:
    """Trouble of the past: it began `ago` before now and lasted for `length`."""

    test: Watched
    ago: timedelta
    length: timedelta
    trouble: float = 1.0


EPISODES = (
    Episode(CHECKOUT, timedelta(hours=62), timedelta(minutes=34), 0.5),
    Episode(API, timedelta(hours=49), timedelta(minutes=12)),
    Episode(MAIL, timedelta(hours=40), timedelta(hours=2)),
    Episode(CHECKOUT, timedelta(hours=27), timedelta(minutes=50)),
    Episode(API, timedelta(hours=26, minutes=40), timedelta(minutes=28)),
    Episode(CHECKOUT, timedelta(hours=5), timedelta(minutes=16), 0.4),
    # Still going on: the feed keeps the disk full, so one alert is open to look at.
    Episode(DATABASE, timedelta(hours=6), timedelta(days=36_500)),
)


def history(now: datetime, hours: int = 72) -> Iterator[dict[str, Any]]:
    """Every measurement of the last hours, test by test, oldest first."""
    for test in TESTS:
        newest = int(now.timestamp()) // test.step * test.step
        for second in range(newest - hours * 3_600, newest, test.step):
            at = datetime.fromtimestamp(second, now.tzinfo)
            yield from test.points(at, trouble_of(test, now - at))


def trouble_of(test: Watched, ago: timedelta) -> float:
    """How bad the test was that long ago."""
    return max((e.trouble for e in EPISODES if e.test is test and e.ago - e.length <= ago <= e.ago), default=0.0)
