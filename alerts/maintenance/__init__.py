"""Maintenance windows: when they take place, which tests they concern, which of those are in one now."""

from alerts.maintenance.concerning import Named, concerned, named_between, ranges_of, schedule_of, windows_now
from alerts.maintenance.recurring import Range, Schedule, merged

__all__ = [
    "Named",
    "Range",
    "Schedule",
    "concerned",
    "merged",
    "named_between",
    "ranges_of",
    "schedule_of",
    "windows_now",
]
