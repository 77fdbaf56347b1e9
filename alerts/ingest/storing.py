"""Puts sound measurements where they belong: tests by slug, series with the team's caps, values."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from django.conf import settings

from alerts import sql
from alerts.ingest.reading import Item, Rejected
from alerts.models import Series, Test
from alerts.sql import SeriesKey
from teams.models import Team
from teams.values import shown


class Place(NamedTuple):
    """A test that measurements are for."""

    id: int
    enabled: bool


Placed = tuple[Item, Place]


def place(team: Team, items: Sequence[Item], rejected: list[Rejected]) -> list[Placed]:
    """Each item with its test; items of unknown tests go to `rejected`."""
    slugs = {item.test for item in items}
    rows = Test.objects.of(team).filter(slug__in=slugs).values_list("slug", "id", "enabled")
    places = {slug: Place(pk, enabled) for slug, pk, enabled in rows}
    if len(places) < len(slugs):
        archived = set(_archived(team, slugs - places.keys()))
        rejected += [_no_test(item, archived) for item in items if item.test not in places]
    return [(item, places[item.test]) for item in items if item.test in places]


def store(team: Team, placed: Sequence[Placed], rejected: list[Rejected], now: datetime) -> list[Placed]:
    """Write the measurements and return them; those beyond the team's caps go to `rejected`."""
    keys = {(place.id, item.metric, item.source) for item, place in placed}
    series = sql.series_ids(list(keys))
    if len(series) < len(keys):
        placed = _within_caps(team, placed, series.keys(), rejected)
        new = {(place.id, item.metric, item.source) for item, place in placed} - series.keys()
        sql.add_series([(team.pk, *key) for key in new])
        series |= sql.series_ids(list(new))
    newest = {(series[place.id, item.metric, item.source], item.observed_at): item.value for item, place in placed}
    if newest:
        sql.put_measurements([(pk, at, value) for (pk, at), value in newest.items()], now)
    return list(placed)


def _archived(team: Team, slugs: set[str]) -> Iterable[str]:
    return Test.objects.filter(team=team, slug__in=slugs).values_list("slug", flat=True)


def _no_test(item: Item, archived: set[str]) -> Rejected:
    why = "is archived" if item.test in archived else "is unknown in this team"
    return Rejected(item.position, {"test": [f"The test {shown(item.test)} {why}."]})


def _within_caps(
    team: Team, placed: Sequence[Placed], known: Iterable[SeriesKey], rejected: list[Rejected]
) -> list[Placed]:
    """The items but for those that would bring a metric or source more than the team may have."""
    stored = set(known)
    new = [item for item, place in placed if (place.id, item.metric, item.source) not in stored]
    caps = [
        _Cap(team, "metric", {item.metric for item in new}, settings.BELLHOP_MAX_METRICS),
        _Cap(team, "source", {item.source for item in new}, settings.BELLHOP_MAX_SOURCES),
    ]
    kept = []
    for item, place in placed:
        errors = {cap.field: [cap.refusal(item)] for cap in caps if not cap.has_room(item)}
        if errors:
            rejected.append(Rejected(item.position, errors))
            continue
        for cap in caps:
            cap.take(item)
        kept.append((item, place))
    return kept


class _Cap:
    """How many different metrics or sources a team may have, and which are there."""

    def __init__(self, team: Team, field: str, wanted: set[str], most: int) -> None:
        self.field = field
        self._most = most
        mine = Series.objects.filter(team=team)
        known = set(mine.filter(**{f"{field}__in": wanted}).values_list(field, flat=True).distinct())
        self._unknown = wanted - known
        self._room = most - mine.values(field).distinct().count() if self._unknown else 0

    def has_room(self, item: Item) -> bool:
        return self._room > 0 or getattr(item, self.field) not in self._unknown

    def take(self, item: Item) -> None:
        name = getattr(item, self.field)
        if name in self._unknown:
            self._unknown.discard(name)
            self._room -= 1

    def refusal(self, item: Item) -> str:
        return f"A team has at most {self._most} {self.field}s; {shown(getattr(item, self.field))} would be one more."
