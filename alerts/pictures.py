"""Graphs of alerts as images that anyone who has their address may fetch for a while: tokens and addresses.

A token names a team, an alert and a moment, and is signed. The same graph has the same token all day long, so that
caches serve many.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.core.signing import BadSignature, Signer

KEPT_FOR = timedelta(days=30)


class Pictured(NamedTuple):
    """The alert that a graph is of, and the moment that is told."""

    team_slug: str
    number: int
    at: datetime


def token_for(team_slug: str, number: int, at: datetime, now: datetime) -> str:
    """A token that is good for KEPT_FOR from `now`, to the end of that day."""
    last_day = (now + KEPT_FOR).astimezone(UTC).date().toordinal()
    return _signer().sign_object([team_slug, number, int(at.timestamp()), last_day])


def read_token(token: str, now: datetime) -> Pictured | None:
    """What the token names; None where we did not make it, or its time is over."""
    try:
        team_slug, number, at, last_day = _signer().unsign_object(token)
    except BadSignature:
        return None
    if now.astimezone(UTC).date().toordinal() > last_day:
        return None
    return Pictured(team_slug, number, datetime.fromtimestamp(at, UTC))


def picture_address(token: str) -> str:
    """Where the image is."""
    return f"{settings.BELLHOP_BASE_URL}/i/{token}.png"


def drawable(test_slug: str | None, snapshot: Mapping[str, Any]) -> bool:
    """Whether an alert of that snapshot has a metric that a graph could show; asked without a query."""
    return bool(test_slug and snapshot.get("conditions"))


def _signer() -> Signer:
    return Signer(sep=".", salt="bellhop.alerts.pictures")
