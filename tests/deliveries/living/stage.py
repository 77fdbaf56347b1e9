"""Sets the stage for messages that live: who acts, and what is told aloud or in silence."""

from datetime import datetime
from typing import Any

from alerts.happenings import Happening
from alerts.models import AlertRule
from channels_app.words import Severity
from deliveries.models import Delivery
from integrations.models import Integration
from teams.access import Actor, actor_for
from tests.conftest import Cast
from tests.deliveries.stage import EVIDENCE, states


def ann(cast: Cast, origin: Integration | None = None) -> Actor:
    """The member, on the page, or by way of an integration."""
    actor = actor_for(cast.member, cast.team)
    assert actor is not None
    return actor if origin is None else Actor(cast.team, actor.role, actor.user, via=origin.kind, origin=origin.pk)


def in_place(**only: Any) -> list[tuple[str, str, str]]:
    """(event, state, reason) of what only updates a message, oldest first."""
    return _states(in_place=True, **only)


def loud(**only: Any) -> list[tuple[str, str, str]]:
    """The same of what is to be heard."""
    return _states(in_place=False, **only)


def changed(rule: AlertRule, at: datetime, severity: Severity) -> Happening:
    return Happening("severity", rule.pk, rule.tests.get().pk, at, severity, detail=EVIDENCE)


def _states(**only: Any) -> list[tuple[str, str, str]]:
    return states(list(Delivery.objects.filter(**only).select_related("event").order_by("id")))
