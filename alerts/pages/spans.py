"""Which time a Views page shows, and its neighbours; pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from django.core.exceptions import ValidationError

from alerts.links import iso_utc
from teams.values import read_time, shown

RANGES: dict[str, timedelta] = {
    "1h": timedelta(hours=1),
    "3h": timedelta(hours=3),
    "6h": timedelta(hours=6),
    "12h": timedelta(hours=12),
    "24h": timedelta(hours=24),
    "3d": timedelta(days=3),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
}
SHORTEST, LONGEST = timedelta(minutes=1), timedelta(days=31)
AROUND_LEAST, AROUND_MOST = timedelta(minutes=15), timedelta(days=30)
ROUNDS = 60  # that are shown before and after a moment
_FIRST, _LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9000, 12, 31, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Span:
    """`start`..`end` is drawn. `at` is the moment asked for, None where the page just shows the time until now;
    `word` the range chosen, `refused` what could not be read."""

    start: datetime
    end: datetime
    at: datetime | None = None
    word: str = ""
    refused: str = ""

    @property
    def moment(self) -> datetime:
        """The moment asked for, else the last one drawn."""
        return self.at or self.end

    def query(self, **changes: str) -> str:
        """The same page with other parameters; the moment stays marked."""
        kept = {"at": iso_utc(self.at)} if self.at else {}
        return "?" + urlencode({name: text for name, text in {**kept, **changes}.items() if text}, safe=":")

    def moved(self, steps: float) -> str:
        """The page that many widths later."""
        by = (self.end - self.start) * steps
        start = min(max(self.start + by, _FIRST), _LAST)
        return self.query(**{"from": iso_utc(start), "to": iso_utc(start + (self.end - self.start))})

    def widened(self) -> str:
        """The page of twice this time, as far as it goes."""
        width = min(2 * (self.end - self.start), LONGEST)
        start = max(_FIRST, self.start + (self.end - self.start - width) / 2)
        return self.query(**{"from": iso_utc(start), "to": iso_utc(start + width)})

    def itself(self) -> str:
        """The page of exactly this time."""
        return self.moved(0)


def read_span(query: Mapping[str, str], interval: int, now: datetime) -> Span:
    """What `at`, `range`, `from` and `to` ask for, of a test with rounds of `interval` seconds.

    A moment is shown with 60 rounds on either side, or in the middle of the range. What cannot be read is said, and
    the time until now is shown.
    """
    try:
        at = _moment(query, "at")
        start, end, word = _moment(query, "from"), _moment(query, "to"), _range(query)
        _refuse_bounds(start, end)
    except ValidationError as error:
        refused = next(iter(error.message_dict.values()))[0]
        word = query.get("range", "") if query.get("range") in RANGES else ""
        return _until(now, word or _usual(interval), refused)
    if start and end:
        return Span(start, end, at)
    return _until(now, word or _usual(interval)) if at is None else _around(at, word, interval)


def _around(at: datetime, word: str, interval: int) -> Span:
    wanted = RANGES[word] / 2 if word else timedelta(seconds=ROUNDS * interval)
    half = wanted if word else min(max(AROUND_LEAST, wanted), AROUND_MOST)
    return Span(max(_FIRST, at - half), at + half, at, word)


def _until(now: datetime, word: str, refused: str = "") -> Span:
    return Span(now - RANGES[word], now, None, word, refused)


def _usual(interval: int) -> str:
    """The shortest range that has two times ROUNDS."""
    wanted = timedelta(seconds=2 * ROUNDS * interval)
    return next((word for word, length in RANGES.items() if length >= wanted), "30d")


def _moment(query: Mapping[str, str], name: str) -> datetime | None:
    if not query.get(name):
        return None
    at = read_time(name, query[name])
    if not _FIRST.year <= at.year <= _LAST.year:
        raise ValidationError({name: [f"Only times from 1970 to 9000 can be shown; got {at.year}."]})
    return at


def _range(query: Mapping[str, str]) -> str:
    word = query.get("range", "")
    if word and word not in RANGES:
        raise ValidationError({"range": [f"The range must be one of {', '.join(RANGES)}; got {shown(word)}."]})
    return word


def _refuse_bounds(start: datetime | None, end: datetime | None) -> None:
    if (start is None) != (end is None):
        raise ValidationError({"from": ["A stretch of time needs both its ends: from and to."]})
    if start and end and not SHORTEST <= end - start <= LONGEST:
        raise ValidationError({"from": ["A stretch of time lasts from 1 minute to 31 days, its end after its start."]})
