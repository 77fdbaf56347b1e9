from django.conf import settings
from django.db import models
from django.utils import timezone

from alerts.models.alert import Alert
from alerts.models.rule import choices
from channels_app.words import Severity
from integrations.models import Integration
from teams.models import Team


class EventType(models.TextChoices):
    """What can happen in an alert's life."""

    TRIGGERED = "triggered"
    SEVERITY_CHANGED = "severity_changed", "Severity changed"
    ACKNOWLEDGED = "acknowledged"
    UNACKNOWLEDGED = "unacknowledged", "Un-acknowledged"
    ASSIGNED = "assigned"
    NOTED = "noted"
    CLEARED = "cleared"
    REMINDED = "reminded"
    ESCALATED = "escalated"
    NO_DATA = "no_data", "No data"


class Announce(models.TextChoices):
    """Whether the event is to be told at all: a round too old, or a batch that asked for silence, is recorded only."""

    YES = "yes"
    TOO_OLD = "too_old"
    NOT_WANTED = "not_wanted"


class AlertEvent(models.Model):
    """One entry in an alert's timeline. `at` is when it happened (a round's time), `recorded_at` when it was written.

    `detail` by type: severity_changed {from, to}; assigned {to, name}; noted {text}; cleared {reason, text};
    no_data {minutes}; escalated {step, minutes, integrations, recipients}. What evaluation found adds
    {sources, violating, heard}, see alerts.snapshots; in maintenance {maintenance_until} (ISO 8601). `via` is the way
    it came by (page, api, slack...), `origin` the integration that it came through, where it came from a chat.
    """

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="+")
    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="events")
    type = models.CharField(max_length=20, choices=EventType.choices)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(default=timezone.now)
    severity = models.CharField(max_length=10, choices=choices(list(Severity)))
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    actor_text = models.CharField(max_length=200, blank=True)
    via = models.CharField(max_length=20, blank=True)
    origin = models.ForeignKey(
        Integration, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    detail = models.JSONField(default=dict, blank=True)
    announce = models.CharField(max_length=10, choices=Announce.choices, default=Announce.YES)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["recorded_at"]),
            models.Index(fields=["team", "-recorded_at"], condition=models.Q(type="noted"), name="event_notes"),
        ]

    def __str__(self) -> str:
        return self.type
