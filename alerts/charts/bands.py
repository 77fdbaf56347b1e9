"""Stretches of time across a chart; those too narrow to be told apart become one; pure."""

from collections.abc import Callable, Iterable

from alerts.charts.scales import Scale
from alerts.charts.shapes import Band, Strip
from channels_app.words import SEVERITIES

LETTER = 6.5  # pixels, as wide as a letter of a label gets
NARROW = 4  # pixels; what is narrower nobody can point at


Joined = Callable[[list[Strip]], str]


def alerts_in_words(crowd: list[Strip]) -> str:
    """What a strip of several alerts says."""
    return f"{len(crowd)} alerts, up to {_worst(crowd)}; zoom in to tell them apart"


def maintenance_in_words(crowd: list[Strip]) -> str:
    """What a bar of several times says."""
    return f"{len(crowd)} times in maintenance; zoom in to tell them apart"


def strips_of(
    bands: Iterable[Band], x: Scale, start: float, end: float, in_words: Joined = alerts_in_words
) -> list[Strip]:
    """The bands that touch start..end, as drawn. Narrow ones that meet are one strip, in the colour of the worst."""
    strips = [strip for band in bands if (strip := _strip(band, x, start, end))]
    wide = [strip for strip in strips if strip.width > NARROW]
    crowds: list[list[Strip]] = []
    for strip in sorted((each for each in strips if each.width <= NARROW), key=lambda each: each.x):
        if crowds and strip.x <= max(each.x + each.width for each in crowds[-1][-2:]):
            crowds[-1].append(strip)
        else:
            crowds.append([strip])
    return wide + [_joined(crowd, in_words) for crowd in crowds]


def _strip(band: Band, x: Scale, start: float, end: float) -> Strip | None:
    last = end if band.end is None else band.end
    if last < start or band.start > end:
        return None
    left = x(max(band.start, start))
    width = round(max(x(min(last, end)) - left, 2), 1)
    left = min(left, round(x(end) - width, 1))
    label = band.label if len(band.label) * LETTER < width else ""
    return Strip(left, width, band.text, band.kind, label, band.href)


def _joined(crowd: list[Strip], in_words: Joined) -> Strip:
    if len(crowd) == 1:
        return crowd[0]
    left, right = crowd[0].x, max(strip.x + strip.width for strip in crowd)
    return Strip(left, round(right - left, 1), in_words(crowd), _worst(crowd))


def _worst(crowd: list[Strip]) -> str:
    return max((strip.kind for strip in crowd), key=_rank)


def _rank(kind: str) -> int:
    return next((rank for rank, severity in enumerate(SEVERITIES) if severity == kind), -1)
