"""Happenings of one rule on one test as the alerts they would have been; pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from alerts.happenings import Happening
from channels_app.words import Severity


@dataclass(slots=True)
class Period:
    """A time in which the rule would have been violated; `end` None: it still would be.

    `course` are the severities with their moments, beginning with the first. `told` are the moments of what opens a
    conversation: triggered, a higher severity, data that stopped.
    """

    start: datetime
    end: datetime | None = None
    course: list[tuple[datetime, Severity]] = field(default_factory=list)
    told: list[datetime] = field(default_factory=list)

    @property
    def worst(self) -> Severity:
        """The highest severity of it."""
        return max((severity for _, severity in self.course), key=lambda severity: severity.rank)

    def lasted(self, since: datetime, until: datetime) -> timedelta:
        """How much of it lies between."""
        return max(timedelta(), min(self.end or until, until) - max(self.start, since))


def periods_of(happenings: Iterable[Happening]) -> list[Period]:
    """The alerts in their order, as alerts.lifecycle would have opened, changed and cleared them."""
    periods: list[Period] = []
    for happening in happenings:
        is_open = bool(periods) and periods[-1].end is None
        if not is_open:
            if happening.what in ("opened", "no_data"):
                first = (happening.at, happening.severity)
                periods.append(Period(happening.at, course=[first], told=[happening.at]))
        else:
            _go_on(periods[-1], happening)
    return periods


def _go_on(period: Period, happening: Happening) -> None:
    if happening.what == "cleared":
        period.end = max(happening.at, period.start)
    elif happening.what == "no_data":
        period.told.append(happening.at)
    elif happening.severity != period.course[-1][1]:
        if happening.severity.rank > period.course[-1][1].rank:
            period.told.append(happening.at)
        period.course.append((happening.at, happening.severity))
