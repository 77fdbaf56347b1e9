"""Runs a rule as typed over what its tests have stored, within bounds of work."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import Any

from django.db.models import Q

from alerts import sql
from alerts.backtest.audience import Audience, audience_of
from alerts.backtest.periods import Period, periods_of
from alerts.backtest.replay import TooManyLooks, looks_a_reading, replay
from alerts.evaluation import HEARD_ROUNDS, Ranges, Reading, awaited_metrics, judged_metrics
from alerts.maintenance import ranges_of
from alerts.models import AlertRule, Measurement, Series, Test
from alerts.models.test import MAX_INTERVAL
from alerts.services.rules.attaching import selected_by
from alerts.services.rules.fields import LISTS, read_rule
from alerts.specs import RuleFacts, facts_as_typed
from integrations.models import Integration
from teams.models import Team

CHOICES = (1, 3, 7)  # days
SHOWN = 10  # periods
MAX_TESTS = 5
MAX_READINGS = 50_000
MAX_LOOKS = 20_000  # at the rule as readings come and time passes; each costs as much as several readings
MAX_SERIES = 500


@dataclass(frozen=True, slots=True)
class Trial:
    """The rule on one test. `since`..`until` was judged; `cut` says that this is less than was asked for."""

    test: Test
    since: datetime
    until: datetime
    readings: list[Reading]
    periods: list[Period]
    cut: bool

    @property
    def lasted(self) -> timedelta:
        """How long the rule would have been violated in all."""
        return sum((period.lasted(self.since, self.until) for period in self.periods), timedelta())

    @property
    def newest(self) -> list[Period]:
        """The last periods, newest first."""
        return self.periods[::-1][:SHOWN]

    @property
    def older(self) -> int:
        """How many periods are not among the newest."""
        return max(0, len(self.periods) - SHOWN)


@dataclass(frozen=True, slots=True)
class Backtest:
    """The trials of the first tests by name; `left_out` counts the others."""

    days: int
    facts: RuleFacts
    trials: list[Trial]
    left_out: int
    audience: Audience

    @property
    def count(self) -> int:
        """How many alerts there would have been."""
        return sum(len(trial.periods) for trial in self.trials)

    @property
    def lasted(self) -> timedelta:
        """How long, over all trials."""
        return sum((trial.lasted for trial in self.trials), timedelta())

    @property
    def has_data(self) -> bool:
        """Whether there was anything to try the rule on."""
        return any(trial.readings for trial in self.trials)

    @property
    def cut(self) -> bool:
        """Whether less was tried than was asked for."""
        return any(trial.cut for trial in self.trials)

    @property
    def now(self) -> bool:
        """Whether the rule would be violated at the end."""
        return any(period.end is None for trial in self.trials for period in trial.periods)

    @property
    def messages(self) -> int:
        """How many messages would have been sent in that time."""
        told = [at for trial in self.trials for period in trial.periods for at in period.told if at >= trial.since]
        ends = [period for trial in self.trials for period in trial.periods if period.end is not None]
        return self.audience.messages(len(told), len(ends))


def backtest(team: Team, fields: Mapping[str, Any], days: int, now: datetime) -> Backtest:
    """The rule that `fields` say, as alerts.services.rules takes them, over the last `days` until `now`.

    A ValidationError names what is wrong. At most MAX_READINGS are judged, in some MAX_LOOKS: of many, those
    that came last.
    """
    values = read_rule(team, {"name": "Preview", **fields}, None)
    rule = AlertRule(team=team, **{name: value for name, value in values.items() if name not in LISTS})
    facts = facts_as_typed(rule, values["conditions"])
    meant = selected_by(team, rule.selector)
    selected = Test.objects.filter(pk__in=meant) if meant else ()
    tests = sorted({*values.get("tests", []), *selected}, key=lambda test: (test.name, test.pk))
    tried = tests[:MAX_TESTS]
    since, share = now - timedelta(days=days), max(1, len(tried))
    earliest = min((since - _warm_up(facts, test) for test in tried), default=since).timestamp() - MAX_INTERVAL
    quiet = ranges_of(team, [test.pk for test in tried], earliest, now.timestamp())
    trials = [
        _trial(test, facts, since, now, MAX_READINGS // share, MAX_LOOKS // share, quiet.get(test.pk, ()))
        for test in tried
    ]
    return Backtest(days, facts, trials, len(tests) - len(tried), _audience(rule, values))


def _audience(rule: AlertRule, values: Mapping[str, Any]) -> Audience:
    """Who would be told at once: what is ticked, in ticked groups, or used by default; nobody in shadow mode."""
    if rule.shadow:
        return Audience(0, 0)
    told = Q(pk__in=[row.pk for row in values.get("integrations", [])]) | Q(groups__in=values.get("groups", []))
    by_default = Q() if rule.only_these else Q(used_by_default=True)
    places = Integration.objects.of(rule.team).filter(told | by_default).distinct()
    return audience_of(places, rule.recipients, rule.notify_on_clear)


def _warm_up(facts: RuleFacts, test: Test) -> timedelta:
    return timedelta(seconds=(facts.base.rounds_window + HEARD_ROUNDS) * test.interval)


def _trial(test: Test, facts: RuleFacts, since: datetime, now: datetime, most: int, looks: int, quiet: Ranges) -> Trial:
    spec, warm_up = facts.spec(test.interval), _warm_up(facts, test)
    rows = Series.objects.filter(test=test, metric__in=judged_metrics(spec) | awaited_metrics(spec)).order_by("pk")
    series = {pk: (source, metric) for pk, source, metric in rows.values_list("pk", "source", "metric")[:MAX_SERIES]}
    asked, begin = since, since - warm_up
    while _is_more(list(series), begin, now, most):
        begin = now - min((now - begin) / 2, timedelta(seconds=test.interval * most / len(series)))
    found = sql.values_between(list(series), begin, now, most)
    readings = [Reading(*series[pk], at, value) for pk, at, value in found]
    readings.sort(key=attrgetter("observed_at"))
    try:
        happenings = replay(facts, test.interval, readings, begin.timestamp(), now.timestamp(), looks, quiet)
    except TooManyLooks:
        readings = readings[-max(1, looks // looks_a_reading(facts)) :]
        begin = datetime.fromtimestamp(readings[0].observed_at, UTC)
        happenings = replay(facts, test.interval, readings, begin.timestamp(), now.timestamp(), quiet=quiet)
    since = max(asked, begin + min(warm_up, (now - begin) / 2))
    periods = [period for period in periods_of(happenings) if period.end is None or period.end >= since]
    return Trial(test, since, now, readings, periods, since > asked)


def _is_more(series: list[int], start: datetime, end: datetime, most: int) -> bool:
    return Measurement.objects.filter(series__in=series, observed_at__range=(start, end))[: most + 1].count() > most
