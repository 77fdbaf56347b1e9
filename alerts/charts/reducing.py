"""Fewer points, the same picture; pure."""

from collections.abc import Sequence
from itertools import pairwise

OUT_OF_RHYTHM = 3  # times the shorter of the pauses beside it, and a pause is a gap

Point = tuple[float, float]  # epoch seconds, value


def downsample(points: Sequence[Point], start: float, end: float, most: int) -> list[Point]:
    """At most `most` points: the lowest and the highest of each stretch of time, so that no peak is lost.

    `points` lie in start..end, in order of time.
    """
    if len(points) <= most:
        return list(points)
    # A shade less, so that what lies at the very end does not open a stretch of its own.
    pace = (most // 2) * (1 - 1e-9) / (end - start) if end > start else 0.0
    kept: list[Point] = []
    low = high = points[0]
    column = int((low[0] - start) * pace)
    for point in points:
        here = int((point[0] - start) * pace)
        if here != column:
            kept += sorted({low, high})
            column, low, high = here, point, point
        elif point[1] < low[1]:
            low = point
        elif point[1] > high[1]:
            high = point
    return kept + sorted({low, high})


def stretches(points: Sequence[Point], gap: float) -> list[list[Point]]:
    """The points in runs without a pause longer than `gap`, unless pauses like it are the rhythm of the points."""
    pauses = [later[0] - earlier[0] for earlier, later in pairwise(points)]
    runs = [list(points[:1])] if points else []
    for at, point in enumerate(points[1:]):
        rhythm = min(pauses[max(0, at - 1) : at] + pauses[at + 1 : at + 2], default=0.0)
        if pauses[at] <= max(gap, OUT_OF_RHYTHM * rhythm):
            runs[-1].append(point)
        else:
            runs.append([point])
    return runs
