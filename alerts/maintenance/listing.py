"""The maintenance windows of a team: those that are on, those that come, those that were."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import Prefetch, QuerySet

from alerts.maintenance.concerning import schedule_of
from alerts.models import MaintenanceWindow, WindowTest
from teams.models import Team

MOST_NEXT = 5
MOST_PAST = 50
_UNITS = {"daily": "day", "weekly": "week", "monthly": "month"}


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One time at which a window takes place."""

    begin: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Listed:
    """A window with its occurrences that are left; `on` is the one that has begun."""

    window: MaintenanceWindow
    next: Sequence[Occurrence]
    on: Occurrence | None

    @property
    def rhythm(self) -> str:
        """How often, such as "every 2 weeks"."""
        unit, every = _UNITS.get(self.window.repeat), self.window.every
        if unit is None:
            return "once"
        return f"every {unit}" if every == 1 else f"every {every} {unit}s"

    @property
    def coming(self) -> Occurrence | None:
        """The next one that has not begun."""
        return next((each for each in self.next if each is not self.on), None)


@dataclass(frozen=True, slots=True)
class Listing:
    """`past` are the last MOST_PAST that are over."""

    on: list[Listed]
    coming: list[Listed]
    past: list[Listed]


def windows_of(team: Team) -> QuerySet[MaintenanceWindow]:
    """The team's windows that were not deleted, the latest beginning first, with the tests that they name."""
    links = WindowTest.objects.select_related("test").filter(test__archived_at=None).order_by("test__slug")
    rows = MaintenanceWindow.objects.filter(team=team, archived_at=None).select_related("team")
    return rows.prefetch_related(Prefetch("test_links", links)).order_by("-starts_at", "-pk")


def listed(window: MaintenanceWindow, now: datetime, most: int = MOST_NEXT) -> Listed:
    """The window with at most so many of its occurrences that are left."""
    spans = schedule_of(window).next(now.timestamp(), most)
    found = [Occurrence(*(datetime.fromtimestamp(at, UTC) for at in span)) for span in spans]
    return Listed(window, found, next((each for each in found if each.begin <= now), None))


def listing(team: Team, now: datetime) -> Listing:
    """All that the page shows, in three queries."""
    rows = windows_of(team)
    left = [listed(window, now, 2) for window in rows.filter(over_at__gt=now)]
    on = sorted((each for each in left if each.on), key=lambda each: each.on.end if each.on else now)
    coming = sorted((each for each in left if not each.on and each.next), key=lambda each: each.next[0].begin)
    past = [listed(window, now, 0) for window in rows.filter(over_at__lte=now).order_by("-over_at", "-pk")[:MOST_PAST]]
    return Listing(on, coming, past)
