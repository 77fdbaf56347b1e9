"""Reads a batch as it came over the wire; pure. Every measurement is judged alone, with errors by field."""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple, cast

from django.core.exceptions import ValidationError

from alerts.refusals import Refused
from alerts.writing import Notify
from teams.values import shown

MAX_BATCH = 5000
MAX_AHEAD = timedelta(minutes=5)
BATCH_FIELDS = ("notify", "measurements")
FIELDS = ("test", "metric", "source", "observed_at", "value")
NOTIFY = ("auto", "always", "never")
WHOLE = "non_field_errors"
LONGEST_NAME = 100
METRIC_NAME = re.compile(r"[\w.:/-]{1,100}")
SOURCE_NAME = re.compile(r"[\w.:/ -]{1,100}")
_KNOWN = frozenset(FIELDS)

Errors = dict[str, list[str]]


class Item(NamedTuple):
    """One measurement that is sound in itself. `epoch` is `observed_at` in seconds; `test` is a slug."""

    position: int
    test: str
    metric: str
    source: str
    observed_at: datetime
    epoch: float
    value: float

    @property
    def key(self) -> tuple[str, str, str]:
        """What its series is known by."""
        return self.test, self.metric, self.source


@dataclass(frozen=True, slots=True)
class Rejected:
    """A measurement that was not taken, by its place in the batch."""

    index: int
    errors: Errors


def read_batch(batch: object, now: datetime) -> tuple[Notify, list[Item], list[Rejected]]:
    """The sound measurements of a batch and those that are not; a ValidationError where the batch itself is none."""
    if not isinstance(batch, dict):
        raise ValidationError({WHOLE: [f"Send an object with measurements; got {shown(batch)}."]})
    errors: Errors = {
        str(name): [f"Unknown field. Known are: {', '.join(BATCH_FIELDS)}."]
        for name in batch
        if name not in BATCH_FIELDS
    }
    notify = batch.get("notify", "auto")
    if notify not in NOTIFY:
        errors["notify"] = [f"Must be one of {', '.join(NOTIFY)}; got {shown(notify)}."]
    measurements = batch.get("measurements")
    if not isinstance(measurements, list):
        errors["measurements"] = [f"Must be a list of measurements; got {shown(measurements)}."]
    elif len(measurements) > MAX_BATCH:
        errors["measurements"] = [f"At most {MAX_BATCH} measurements a batch; got {len(measurements)}."]
    if errors:
        raise ValidationError(errors)
    return cast(Notify, notify), *_read_all(cast(list[object], measurements), now)


def _read_all(measurements: list[object], now: datetime) -> tuple[list[Item], list[Rejected]]:
    latest = (now + MAX_AHEAD).timestamp()
    items, rejected = [], []
    for index, measurement in enumerate(measurements):
        item = _read(index, measurement, latest)
        if isinstance(item, Item):
            items.append(item)
        else:
            rejected.append(Rejected(index, item))
    return items, rejected


def _read(index: int, raw: object, latest: float) -> Item | Errors:
    """The item, or all that is wrong with it."""
    if not isinstance(raw, dict):
        return {WHOLE: [f"Must be an object with {', '.join(FIELDS)}; got {shown(raw)}."]}
    if raw.keys() == _KNOWN:
        try:
            at = read_time(raw["observed_at"], latest)
            return Item(
                index,
                read_slug(raw["test"]),
                read_metric(raw["metric"]),
                read_source(raw["source"]),
                at,
                at.timestamp(),
                read_value(raw["value"]),
            )
        except Refused:
            pass  # read once more, to name every field that is wrong
    return _errors(raw, latest)


def _errors(raw: dict[str, object], latest: float) -> Errors:
    errors = {str(name): [f"Unknown field. Known are: {', '.join(FIELDS)}."] for name in raw.keys() - _KNOWN}
    readers: dict[str, Callable[[Any], object]] = {
        "test": read_slug,
        "metric": read_metric,
        "source": read_source,
        "observed_at": lambda value: read_time(value, latest),
        "value": read_value,
    }
    for name, reader in readers.items():
        if name not in raw:
            errors[name] = ["This field is required."]
            continue
        try:
            reader(raw[name])
        except Refused as refused:
            errors[name] = [str(refused)]
    return errors


def read_slug(value: object) -> str:
    """The slug of a test; whether there is such a test is asked later."""
    if not isinstance(value, str) or not value or "\x00" in value:
        raise Refused(f"Must be the slug of a test; got {shown(value)}.")
    return value


def read_metric(value: object) -> str:
    """A metric's name."""
    if not isinstance(value, str) or not _is_metric(value):
        raise Refused(f"Must be 1-100 letters, digits and _.:/- ; got {shown(value)}.")
    return value


def read_source(value: object) -> str:
    """A source's name."""
    if not isinstance(value, str) or not _is_source(value):
        raise Refused(f"Must be 1-100 letters, digits, spaces and _.:/- ; got {shown(value)}.")
    return value


# Few names fill a batch. Long texts are none, and need not be remembered.
@lru_cache(maxsize=10_000)
def _metric_matches(name: str) -> bool:
    return METRIC_NAME.fullmatch(name) is not None


@lru_cache(maxsize=10_000)
def _source_matches(name: str) -> bool:
    return SOURCE_NAME.fullmatch(name) is not None


def _is_metric(name: str) -> bool:
    return len(name) <= LONGEST_NAME and _metric_matches(name)


def _is_source(name: str) -> bool:
    return len(name) <= LONGEST_NAME and _source_matches(name)


def read_value(value: object) -> float:
    """A finite JSON number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Refused(f"Must be a number; got {shown(value)}.")
    try:
        number = float(value)
    except OverflowError:
        raise Refused(f"Must be a number up to 1.8e308; got {shown(value)}.") from None
    if not math.isfinite(number):
        raise Refused(f"Must be a finite number up to 1.8e308; got {shown(value)}.")
    return number


def read_time(value: object, latest: float) -> datetime:
    """An ISO 8601 time with a zone, from 1970 to `latest` (epoch seconds), in UTC."""
    if not isinstance(value, str):
        raise Refused(f"Must be an ISO 8601 time such as 2026-03-02T12:00:00Z; got {shown(value)}.")
    try:
        at = datetime.fromisoformat(value)
        if at.tzinfo is None:
            raise Refused(f"Must name its zone, such as 2026-03-02T12:00:00Z; got {shown(value)}.")
        epoch = at.timestamp()
    except (ValueError, OverflowError):
        raise Refused(f"Must be an ISO 8601 time such as 2026-03-02T12:00:00Z; got {shown(value)}.") from None
    if epoch < 0:
        raise Refused(f"Must be 1970 or later; got {shown(value)}.")
    if epoch > latest:
        raise Refused(f"Must not be more than 5 minutes ahead; got {shown(value)}.")
    return at if at.tzinfo is UTC else at.astimezone(UTC)
