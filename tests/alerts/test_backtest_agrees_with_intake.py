"""The back-test says what intake would have done: the same series through both give the same alerts."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from alerts import watches
from alerts.backtest import backtest, periods_of, replay
from alerts.evaluation import Reading
from alerts.ingest import ingest
from alerts.judging import judge_time
from alerts.models import Alert, RuleState, Test
from alerts.services.rules import create_rule
from alerts.specs import facts_of
from teams.access import Actor
from tests.alerts.factories import SLOW
from tests.conftest import NOW

WORSE = {"metric": "response_time", "operator": ">", "threshold": 800.0, "severity": "critical"}
LOSS = {"metric": "loss", "operator": ">=", "threshold": 2.0}
GONE = {"metric": "loss", "operator": "absent", "threshold": 2.0, "severity": "major"}
START = NOW.timestamp()

RULES: dict[str, dict[str, Any]] = {
    "plain": {"conditions": [SLOW]},
    "any of two metrics, severities": {"conditions": [SLOW, WORSE, LOSS], "match": "any"},
    "two of three rounds, the same sources": {
        "conditions": [SLOW, WORSE],
        "rounds_required": 2,
        "rounds_window": 3,
        "rounds_mode": "exact",
    },
    "half of the sources": {"conditions": [SLOW, WORSE], "minimum_sources_percent": 50},
    "absent": {"conditions": [SLOW, GONE], "match": "any"},
    "alert when data stops": {"conditions": [SLOW, WORSE], "when_data_stops": "alert", "no_data_minutes": 2},
    "forget who is silent": {
        "conditions": [SLOW],
        "when_data_stops": "clear",
        "no_data_minutes": 2,
        "minimum_sources_percent": 40,
    },
}
Course = tuple[datetime, datetime | None, list[tuple[datetime, str]]]


def _series(seed: int, rounds: int = 14) -> list[Reading]:
    """What three sources say of two metrics, with gaps, silent sources and times when nobody says anything."""
    dice, readings = random.Random(seed), []
    silent: dict[str, int] = {}
    for number in range(rounds):
        if dice.random() < 0.1:
            silent = dict.fromkeys(("fra1", "lon1", "nyc1"), number + dice.randint(1, 4))
        for place, source in enumerate(("fra1", "lon1", "nyc1")):
            if dice.random() < 0.12:
                silent[source] = number + dice.randint(1, 5)
            at = START + 60 * number + 7 * place + dice.choice((0, 0, 11))
            if silent.get(source, 0) > number:
                continue
            readings.append(Reading(source, "response_time", at, dice.choice((100.0, 100.0, 600.0, 900.0))))
            if dice.random() < 0.6:
                readings.append(Reading(source, "loss", at, dice.choice((0.0, 0.0, 5.0))))
    return sorted(readings, key=lambda reading: reading.observed_at)


def _feed_live(actor: Actor, readings: list[Reading], until: float) -> None:
    for at in sorted({reading.observed_at for reading in readings}):
        now = datetime.fromtimestamp(at, UTC)
        _let_time_pass(actor, now)
        batch = [
            {
                "test": "checkout",
                "metric": r.metric,
                "source": r.source,
                "observed_at": now.isoformat(),
                "value": r.value,
            }
            for r in readings
            if r.observed_at == at
        ]
        ingest(actor, {"measurements": batch}, now)
    _let_time_pass(actor, datetime.fromtimestamp(until, UTC))


def _let_time_pass(actor: Actor, until: datetime) -> None:
    latest = NOW
    for _ in range(20):
        due = RuleState.objects.get().next_check_at
        if due is None or due > until:
            return
        latest = max(due, latest, RuleState.objects.get().last_received_at)
        with transaction.atomic():
            judge_time(Actor.system(actor.team), watches.lock_all(RuleState.objects.all()), latest)


def _live() -> list[Course]:
    found = []
    for alert in Alert.objects.order_by("pk"):
        events = alert.events.filter(type__in=("triggered", "no_data", "severity_changed")).order_by("pk")
        steps = [(event.at, event.severity) for event in events]
        course = [step for n, step in enumerate(steps) if n == 0 or step[1] != steps[n - 1][1]]
        found.append((alert.started_at, alert.cleared_at, course))
    return found


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("seed", [1, 27, 38])
def test_random_series_give_the_same_alerts(name: str, seed: int, member: Actor, test: Test) -> None:
    rule = create_rule(member, {"name": name, "tests": [test], **RULES[name]}, NOW)
    readings, until = _series(seed), START + 60 * 20
    asked = {condition["metric"] for condition in RULES[name]["conditions"]}

    _feed_live(member, readings, until)
    own = [reading for reading in readings if reading.metric in asked]
    periods = periods_of(replay(facts_of([rule.pk])[rule.pk], test.interval, own, START, until))

    assert [(p.start, p.end, [(at, str(s)) for at, s in p.course]) for p in periods] == _live()


def test_stored_rounds_give_the_alerts_that_intake_gave(member: Actor, test: Test) -> None:
    fields = {"tests": [test], "conditions": [SLOW, WORSE], "recipients": ["a@example.com"]}
    create_rule(member, {"name": "Live", **fields}, NOW)
    readings = _series(5)
    _feed_live(member, readings, START + 1200)

    found = backtest(member.team, fields, 1, NOW + timedelta(minutes=20))

    (trial,) = found.trials
    assert [(p.start, p.end, [(at, str(s)) for at, s in p.course]) for p in trial.periods] == _live()
    assert found.count == Alert.objects.count() > 1
