"""What of teams goes by age: the audit, invitations, sessions that ended, and counters of limits."""

from datetime import date, datetime, timedelta

from django.conf import settings
from django.contrib.sessions.models import Session

from teams.models import AuditEntry, Counter, DayUsage, Invitation
from teams.retention import Stock, aged, days, seconds

INVITATIONS_KEPT = timedelta(days=30)  # from when they expire
COUNTERS_KEPT = timedelta(days=2)  # longer than the longest window


def _usage_is_kept() -> timedelta | None:
    """Longer than the measurements, of which it says how many there are."""
    kept = settings.BELLHOP_KEEP_MEASUREMENTS_DAYS
    return timedelta(days=kept + 31) if kept else None


def _day(at: datetime) -> date:
    return at.date()


AUDIT = Stock(
    "audit entries",
    days("BELLHOP_KEEP_AUDIT_DAYS"),
    aged(lambda: AuditEntry.objects.all(), "at"),
    lambda ids, before: AuditEntry.objects.filter(pk__in=ids, at__lt=before),
)
INVITATIONS = Stock(
    "invitations",
    lambda: INVITATIONS_KEPT,
    aged(lambda: Invitation.objects.all(), "expires_at"),
    lambda ids, before: Invitation.objects.filter(pk__in=ids, expires_at__lt=before),
)
SESSIONS = Stock(
    "sessions",
    lambda: timedelta(0),
    aged(lambda: Session.objects.all(), "expire_date"),
    lambda ids, before: Session.objects.filter(pk__in=ids, expire_date__lt=before),
)
COUNTERS = Stock(
    "counters",
    lambda: COUNTERS_KEPT,
    aged(lambda: Counter.objects.all(), "window", seconds),
    lambda ids, before: Counter.objects.filter(pk__in=ids, window__lt=seconds(before)),
)
USAGE = Stock(
    "days of usage",
    _usage_is_kept,
    aged(lambda: DayUsage.objects.all(), "day", _day),
    lambda ids, before: DayUsage.objects.filter(pk__in=ids, day__lt=_day(before)),
)
STOCKS = (AUDIT, INVITATIONS, SESSIONS, COUNTERS, USAGE)
