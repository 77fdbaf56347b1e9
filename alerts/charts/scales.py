"""Scales and ticks; pure. Values are floats, times epoch seconds (UTC)."""

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo

Scale = Callable[[float], float]

LARGEST = 1e300  # beyond it differences of values are not finite
_DAY = 86_400
_TIME_STEPS = (60, 300, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, _DAY, 172_800, 604_800, 2_592_000)
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - a reading of a wall clock
_PREFIXES = ((1e15, 1e12, "T"), (1e12, 1e12, "T"), (1e9, 1e9, "G"), (1e6, 1e6, "M"), (1e4, 1e3, "k"))


def linear(low: float, high: float, start: float, end: float) -> Scale:
    """Maps low..high to start..end; a domain without extent lands in the middle."""
    extent = high - low

    def scale(value: float) -> float:
        return (start + end) / 2 if extent == 0 else start + (value - low) / extent * (end - start)

    return scale


def clamped(value: float) -> float:
    """The value, or the nearest that can be drawn."""
    return min(max(value, -LARGEST), LARGEST)


def value_ticks(low: float, high: float, about: int = 4) -> list[float]:
    """Round numbers that enclose low..high, some `about` of them."""
    largest = max(abs(low), abs(high))
    if high - low <= largest * 1e-9 or high - low < 1e-290:
        margin = largest * 0.1 if largest > 1e-280 else 1.0
        low, high = (low if low == 0 else low - margin), high + margin
    step = _round_step((high - low) / about)
    first, last = math.floor(low / step), math.ceil(high / step)
    return [number * step for number in range(first, last + 1)]


def value_text(value: float) -> str:
    """A value in few letters, whatever its unit: 812.5, 12k, 3.2M, 1e-07."""
    for least, unit, prefix in _PREFIXES:
        if abs(value) >= 1e15:
            return f"{value:.3g}"
        if abs(value) >= least:
            return f"{value / unit:.6g}{prefix}"
    return f"{value:.6g}" if abs(value) >= 1e-3 or value == 0 else f"{value:.3g}"


def time_ticks(start: float, end: float, about: int = 6, zone: tzinfo = UTC) -> list[tuple[float, str]]:
    """Moments on the reader's clock within start..end, each with its label; an hour that comes twice is told twice."""
    wanted = max(0.0, end - start) / about
    step = next((step for step in _TIME_STEPS if step >= wanted), math.ceil(wanted / _DAY) * _DAY)
    form = "%d %b" if step >= _DAY else "%H:%M" if end - start <= _DAY else "%d %b %H:%M"
    try:
        first = (_wall(start, zone) - _EPOCH).total_seconds() // step
        walls = [_EPOCH + timedelta(seconds=(first + number) * step) for number in range(-1, about + 3 + 3600 // step)]
        return [(moment, wall.strftime(form)) for moment, wall in _moments(walls, zone) if start <= moment <= end]
    except (ValueError, OverflowError, OSError):  # years that have no calendar
        return []


def _wall(moment: float, zone: tzinfo) -> datetime:
    return datetime.fromtimestamp(moment, zone).replace(tzinfo=None)


def _moments(walls: list[datetime], zone: tzinfo) -> list[tuple[float, datetime]]:
    """The moments at which a clock in `zone` shows `walls`: none, one or two each, as summer time comes and goes."""
    found = {(wall.replace(tzinfo=zone, fold=fold).timestamp(), wall) for wall in walls for fold in (0, 1)}
    return sorted((moment, wall) for moment, wall in found if _wall(moment, zone) == wall)


def _round_step(rough: float) -> float:
    """The smallest of 1, 2, 5 times a power of ten that is not below `rough`."""
    power: float = 10.0 ** math.floor(math.log10(rough))
    return next((factor * power for factor in (1, 2, 5) if factor * power >= rough), 10 * power)
