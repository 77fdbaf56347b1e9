"""Puts sound measurements where they belong: tests by slug, series with the team's caps, values."""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings

from alerts import sql
from alerts.ingest.reading import Item, Rejected
from alerts.models import Series, Test
from alerts.sql import Spot, SpotKey
from teams.models import Team
from teams.values import shown

Placed = tuple[Item, Spot]


def store(team: Team, items: Sequence[Item], rejected: list[Rejected], now: datetime) -> list[Placed]:
    """Write the measurements; return them with their places. Those of unknown tests, and those beyond the team's caps,
    go to `rejected`."""
    keys = [item.key for item in items]
    spots = sql.find_spots(team, set(keys))
    placed = [(item, spots[key]) for item, key in zip(items, keys, strict=True) if key in spots]
    if len(placed) < len(items):
        _refuse_unknown(team, [item for item in items if item.key not in spots], rejected)
    new = {key for key, spot in spots.items() if not spot.series_id}
    if new:
        placed = _with_new_series(team, placed, new, rejected)
    newest = {(spot.series_id, item.observed_at): item.value for item, spot in placed}
    if newest:
        sql.put_measurements([(pk, at, value) for (pk, at), value in newest.items()], now)
    return placed


def _with_new_series(team: Team, placed: Sequence[Placed], new: set[SpotKey], rejected: list[Rejected]) -> list[Placed]:
    """The items that the team's caps leave, the series of all of them being there."""
    kept = _within_caps(team, placed, new, rejected)
    places = {item.key: spot.test_id for item, spot in kept if item.key in new}
    sql.add_series([(team.pk, test_id, metric, source) for (_, metric, source), test_id in places.items()])
    added = sql.find_spots(team, places)
    return [(item, added.get(item.key, spot)) for item, spot in kept]


def _refuse_unknown(team: Team, items: Sequence[Item], rejected: list[Rejected]) -> None:
    slugs = {item.test for item in items}
    archived = set(Test.objects.filter(team=team, slug__in=slugs).values_list("slug", flat=True))
    rejected += [_no_test(item, archived) for item in items]


def _no_test(item: Item, archived: set[str]) -> Rejected:
    why = "is archived" if item.test in archived else "is unknown in this team"
    return Rejected(item.position, {"test": [f"The test {shown(item.test)} {why}."]})


def _within_caps(team: Team, placed: Sequence[Placed], new: set[SpotKey], rejected: list[Rejected]) -> list[Placed]:
    """The items but for those that would bring a metric or source more than the team may have."""
    caps = [
        _Cap(team, "metric", {metric for _, metric, _ in new}, settings.BELLHOP_MAX_METRICS),
        _Cap(team, "source", {source for _, _, source in new}, settings.BELLHOP_MAX_SOURCES),
    ]
    kept = []
    for item, spot in placed:
        errors = {cap.field: [cap.refusal(item)] for cap in caps if not cap.has_room(item)}
        if errors:
            rejected.append(Rejected(item.position, errors))
            continue
        for cap in caps:
            cap.take(item)
        kept.append((item, spot))
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
