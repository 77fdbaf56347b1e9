"""A team with more than most will ever have, written past the services, in few large statements."""

import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, TypeVar

from django.db import connection, transaction
from django.db.models import Model
from django.utils import timezone

from alerts import condensing
from alerts.fingerprints import measured_fingerprint
from alerts.models import (
    Alert,
    AlertEvent,
    AlertNumber,
    AlertRule,
    CondensedUntil,
    Condition,
    Measurement,
    RuleIntegration,
    RuleState,
    RuleTest,
    Series,
    Test,
)
from alerts.snapshots import snapshot_of
from channels_app.words import Severity
from deliveries.models import Attempt, Delivery, Dispatch, DispatchItem, Lane
from integrations import services as integrations
from integrations.models import Integration
from teams.access import Actor
from teams.models import Team
from teams.services import create_team

OWNER = "ann@example.com"
TESTS, RULES, INTEGRATIONS = 2_000, 10_000, 50
DENSE_SERIES, DENSE_DAYS = 10, 30
MEASUREMENTS, ALERTS, OPEN = 1_000_000, 100_000, 1_000
DENSE_ALERTS = 5_000
CHUNK = 5_000
SEVERITIES = list(Severity)
Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True)
class Mountain:
    """The team; its first test is measured densely, its first rule watches that one."""

    team: Team
    now: datetime
    tests: list[Test]
    rules: list[AlertRule]
    places: list[Integration]


def pile_up(say: Callable[[str], None]) -> None:
    """Fill the empty database; takes two or three minutes."""
    now = timezone.now().replace(second=0, microsecond=0)
    with transaction.atomic():
        team = create_team("Bench", OWNER, "correct horse battery", now)
        say(f"writing {TESTS:,} tests, {RULES:,} rules, {INTEGRATIONS} integrations ...")
        mountain = _furnished(team, now)
        say(f"writing {MEASUREMENTS:,} measurements ...")
        _measure(mountain)
        say(f"writing {ALERTS:,} alerts with their events ...")
        events = _alert(mountain)
        say(f"writing {len(events):,} deliveries ...")
        _deliver(mountain, events)
    say("condensing ...")
    while not CondensedUntil.objects.filter(received_at__gte=now - timedelta(minutes=5)).exists():
        condensing.catch_up(now)


def insert(rows: Iterable[Row]) -> list[Row]:
    """The rows of one model, with their ids, written in chunks."""
    found, left = [], iter(rows)
    while chunk := list(islice(left, CHUNK)):
        found += type(chunk[0])._default_manager.bulk_create(chunk, batch_size=500)
    return found


def _furnished(team: Team, now: datetime) -> Mountain:
    long_ago, actor = now - timedelta(days=120), Actor.system(team)
    tests = insert(
        Test(team=team, slug=f"test-{n}", name=f"Test {n}", target=f"https://shop{n}.example/", created_at=long_ago)
        for n in range(TESTS)
    )
    rules = insert(_rule(team, n, long_ago) for n in range(RULES))
    url = "https://hooks.slack.com/services/T0/B0/bench"
    places = [
        integrations.create(actor, kind="slack", name=f"Room {n}", config={"url": f"{url}{n}"}, now=long_ago)
        for n in range(INTEGRATIONS)
    ]
    insert(Condition(rule=rule, metric="response_time", operator=">", threshold=500) for rule in rules)
    insert(RuleTest(team=team, rule=rule, test=tests[n % TESTS]) for n, rule in enumerate(rules))
    insert(
        RuleIntegration(team=team, rule=rule, integration=places[(n + each) % INTEGRATIONS])
        for n, rule in enumerate(rules)
        for each in (0, 7)
    )
    insert(RuleState(rule=rule, test=tests[n % TESTS], last_received_at=now) for n, rule in enumerate(rules))
    known = set(Lane.objects.values_list("pk", flat=True))
    insert(Lane(integration=place) for place in places if place.pk not in known)
    return Mountain(team, now, tests, rules, places)


def _rule(team: Team, n: int, at: datetime) -> AlertRule:
    severity, told = SEVERITIES[n % len(SEVERITIES)], [f"person{n % 40}@example.com"] if n % 3 == 0 else []
    return AlertRule(
        team=team, name=f"Rule {n}", severity=severity, recipients=told, enabled=n % 20 != 0, created_at=at
    )


def _measure(mountain: Mountain) -> None:
    dense = insert(
        Series(team=mountain.team, test=mountain.tests[0], metric=metric, source=f"city {n}")
        for metric in ("response_time", "load")
        for n in range(DENSE_SERIES // 2)
    )
    sparse = insert(
        Series(team=mountain.team, test=test, metric="response_time", source=f"city {n}")
        for test in mountain.tests[1:]
        for n in range(2)
    )
    minutes = DENSE_DAYS * 24 * 60
    per_series = (MEASUREMENTS - DENSE_SERIES * minutes) // len(sparse)
    _write_points(mountain.now, dense, minutes)
    _write_points(mountain.now, sparse, per_series)


def _write_points(now: datetime, series: list[Series], minutes: int) -> None:
    table = Measurement._meta.db_table
    into = f"INSERT INTO {table} (series_id, observed_at, received_at, value) VALUES (%s, %s, %s, %s)"  # noqa: S608
    chance = random.Random(7)  # noqa: S311 - the same values each time
    moments = [str((now - timedelta(minutes=minute)).replace(tzinfo=None)) for minute in range(minutes)]
    with connection.cursor() as cursor:
        for each in series:
            values = ((each.pk, at, at, 300 + 200 * chance.random() ** 3) for at in moments)
            cursor.executemany(into, list(values))


def _alert(mountain: Mountain) -> list[AlertEvent]:
    """The alerts, oldest first, and their events; what each event owes to whom is for _deliver."""
    snapshots = {rule.pk: _snapshot(mountain, n) for n, rule in enumerate(mountain.rules)}
    alerts = insert(_alerts(mountain, snapshots))
    AlertNumber.objects.update_or_create(team=mountain.team, defaults={"last": ALERTS})
    return insert(_events(alerts))


def _snapshot(mountain: Mountain, n: int) -> dict[str, Any]:
    values = {f"city {each}": {"response_time": 812.5 + each} for each in range(3)}
    found = snapshot_of(mountain.rules[n], mountain.tests[n % TESTS])
    return {**found, "start": {"sources": values, "violating": 3, "heard": 5}}


def _alerts(mountain: Mountain, snapshots: dict[int, dict[str, Any]]) -> Iterator[Alert]:
    step = timedelta(days=90) / ALERTS
    for n in range(ALERTS):
        place = 0 if n % (ALERTS // DENSE_ALERTS) == 0 else n % RULES
        is_open = n >= ALERTS - OPEN and place == n % RULES
        rule, started = mountain.rules[place], mountain.now - step * (ALERTS - n)
        yield _one(mountain, rule, mountain.tests[place % TESTS], n + 1, started, is_open, snapshots[rule.pk])


def _one(
    mountain: Mountain, rule: AlertRule, test: Test, number: int, at: datetime, is_open: bool, snapshot: dict[str, Any]
) -> Alert:
    over = (
        {} if is_open else {"state": "cleared", "cleared_reason": "recovered", "cleared_at": at + timedelta(minutes=9)}
    )
    return Alert(
        team=mountain.team,
        number=number,
        rule=rule,
        test=test,
        fingerprint=measured_fingerprint(rule.pk, test.pk),
        severity=rule.severity,
        started_at=at,
        snapshot=snapshot,
        **over,
    )


def _events(alerts: list[Alert]) -> Iterator[AlertEvent]:
    for alert in alerts:
        for kind, at in (("triggered", alert.started_at), ("cleared", alert.cleared_at)):
            if at is not None:
                yield AlertEvent(
                    team_id=alert.team_id, alert=alert, type=kind, at=at, recorded_at=at, severity=alert.severity
                )


def _deliver(mountain: Mountain, events: list[AlertEvent]) -> None:
    """One delivery an event, carried by a message of its own with one attempt; every hundredth was refused."""
    rows = insert(_delivery(mountain, event, n) for n, event in enumerate(events))
    sent = insert(
        Dispatch(lane_id=r.lane_id, fence=1, created_at=r.recorded_at, finished_at=r.finished_at) for r in rows
    )
    insert(DispatchItem(dispatch=each, delivery=row) for each, row in zip(sent, rows, strict=True))
    insert(
        Attempt(dispatch=each, at=each.created_at, seconds=0.08, status=200, outcome=row.state, words="ok")
        for each, row in zip(sent, rows, strict=True)
    )


def _delivery(mountain: Mountain, event: AlertEvent, n: int) -> Delivery:
    place, at, refused = mountain.places[n % INTEGRATIONS], event.recorded_at, n % 100 == 0
    return Delivery(
        team=mountain.team,
        alert_id=event.alert_id,
        event=event,
        integration=place,
        lane_id=place.pk,
        state="rejected" if refused else "delivered",
        reason="destination_gone" if refused else "",
        rank=1,
        recorded_at=at,
        expires_at=at + timedelta(days=1),
        finished_at=at + timedelta(seconds=1),
    )
