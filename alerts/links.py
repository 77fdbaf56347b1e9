"""Addresses of pages, as they stand in messages; always below BELLHOP_BASE_URL."""

from datetime import UTC, datetime
from functools import lru_cache
from urllib.parse import urlencode

from django.conf import settings

from alerts.models import Alert


def view_link(alert: Alert, at: datetime) -> str:
    """The Views page of the alert's test at a moment; the alert's own page where it has no test."""
    return alert_link(alert) if alert.test is None else view_address(alert.team.slug, alert.test.slug, at)


def view_address(team_slug: str, test_slug: str, at: datetime) -> str:
    """The Views page of a test at a moment."""
    return f"{_address(team_slug)}/views/{test_slug}/?at={iso_utc(at)}"


def alert_link(alert: Alert) -> str:
    """The alert with its timeline."""
    return alert_address(alert.team.slug, alert.number)


def alert_address(team_slug: str, number: int) -> str:
    """The page of an alert."""
    return f"{_address(team_slug)}/alerts/{number}/"


def alerts_address(team_slug: str, **filters: str) -> str:
    """The team's list of alerts, filtered as the page's own form does."""
    query = f"?{urlencode(filters)}" if filters else ""
    return f"{_address(team_slug)}/alerts/{query}"


@lru_cache(maxsize=1024)  # what happens together has the same times
def iso_utc(at: datetime) -> str:
    """A time as everywhere outside: ISO 8601, UTC, "Z"."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _address(team_slug: str) -> str:
    return f"{settings.BELLHOP_BASE_URL}/t/{team_slug}"
