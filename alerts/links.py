"""Addresses of pages, as they stand in messages; always below BELLHOP_BASE_URL."""

from datetime import UTC, datetime
from urllib.parse import urlencode

from django.conf import settings

from alerts.models import Alert
from teams.models import Team


def view_link(alert: Alert, at: datetime) -> str:
    """The Views page of the alert's test at a moment; the alert's own page where it has no test."""
    if alert.test is None:
        return alert_link(alert)
    query = urlencode({"at": iso_utc(at)}, safe=":")
    return f"{_team_address(alert.team)}/views/{alert.test.slug}/?{query}"


def alert_link(alert: Alert) -> str:
    """The alert with its timeline."""
    return f"{_team_address(alert.team)}/alerts/{alert.number}/"


def alerts_link(team: Team, **filters: str) -> str:
    """The team's list of alerts, filtered as the page's own form does."""
    query = f"?{urlencode(filters)}" if filters else ""
    return f"{_team_address(team)}/alerts/{query}"


def iso_utc(at: datetime) -> str:
    """A time as everywhere outside: ISO 8601, UTC, "Z"."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _team_address(team: Team) -> str:
    return f"{settings.BELLHOP_BASE_URL}/t/{team.slug}"
