"""Scales and ticks; pure. Values are floats, times epoch seconds (UTC)."""

import math
from collections.abc import Callable
from datetime import UTC, datetime

Scale = Callable[[float], float]

_TIME_STEPS = (60, 300, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800, 2_592_000)


def linear(low: float, high: float, start: float, end: float) -> Scale:
    """Maps low..high to start..end; a domain without extent lands in the middle."""
    extent = high - low

    def scale(value: float) -> float:
        return (start + end) / 2 if extent == 0 else start + (value - low) / extent * (end - start)

    return scale


def value_ticks(low: float, high: float, about: int = 4) -> list[float]:
    """Round numbers that enclose low..high, some `about` of them."""
    if low == high:
        margin = abs(low) * 0.1 or 1.0
        low, high = low - margin, high + margin
    step = _round_step((high - low) / about)
    first, last = math.floor(low / step), math.ceil(high / step)
    return [number * step for number in range(first, last + 1)]


def time_ticks(start: float, end: float, about: int = 6) -> list[tuple[float, str]]:
    """Moments on the clock within start..end, each with its label."""
    wanted = (end - start) / about
    step = next((step for step in _TIME_STEPS if step >= wanted), _TIME_STEPS[-1])
    form = "%d %b" if step >= 86_400 else "%H:%M" if end - start <= 86_400 else "%d %b %H:%M"
    first = math.ceil(start / step)
    moments = [float(number * step) for number in range(first, math.floor(end / step) + 1)]
    return [(moment, datetime.fromtimestamp(moment, UTC).strftime(form)) for moment in moments]


def _round_step(rough: float) -> float:
    """The smallest of 1, 2, 5 times a power of ten that is not below `rough`."""
    power: float = 10.0 ** math.floor(math.log10(rough))
    return next((factor * power for factor in (1, 2, 5) if factor * power >= rough), 10 * power)
