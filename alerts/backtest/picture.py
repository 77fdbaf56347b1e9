"""A trial as charts: each metric of the rule with its thresholds, and the violated periods as bands."""

from collections import defaultdict

from alerts.backtest.periods import Period
from alerts.backtest.running import Trial
from alerts.charts import Band, Box, Point, Threshold
from alerts.evaluation import Operator
from alerts.pages.panels import Panel, limit, panel
from alerts.specs import RuleFacts

MAX_METRICS = 3
BOX = Box(width=460, height=170, left=52, right=24)


def panels_of(trial: Trial, facts: RuleFacts) -> list[Panel]:
    """The charts of the trial's first metrics, in the order of the conditions."""
    points: dict[str, dict[str, list[Point]]] = defaultdict(lambda: defaultdict(list))
    for reading in trial.readings:
        if reading.observed_at >= trial.since.timestamp():
            points[reading.metric][reading.source].append((reading.observed_at, reading.value))
    limits = _limits(facts)
    span = (trial.since.timestamp(), trial.until.timestamp())
    bands = [_band(period) for period in trial.periods]
    return [
        panel(
            metric, points[metric], span, interval=trial.test.interval, bands=bands, thresholds=limits[metric], box=BOX
        )
        for metric in list(limits)[:MAX_METRICS]
        if metric in points
    ]


def _limits(facts: RuleFacts) -> dict[str, list[Threshold]]:
    found: dict[str, list[Threshold]] = defaultdict(list)
    for condition in facts.base.conditions:
        lines = found[condition.metric]
        if condition.operator is not Operator.ABSENT and condition.threshold is not None:
            lines.append(limit(condition.operator, condition.threshold, condition.severity))
    return found


def _band(period: Period) -> Band:
    end = period.end.timestamp() if period.end else None
    return Band(period.start.timestamp(), end, f"would be violated: {period.worst}", period.worst)
