from django.conf import settings
from django.db import models
from django.db.models import Q

from alerts.models.rule import AlertRule, choices
from alerts.models.test import Test
from channels_app.words import AlertState, Severity
from teams.models import Team


class ClearedReason(models.TextChoices):
    """Why an alert is over."""

    RECOVERED = "recovered"
    RULE_CHANGED = "rule_changed"
    RULE_DISABLED = "rule_disabled"
    RULE_DELETED = "rule_deleted"
    TEST_DETACHED = "test_detached"
    CLOSED_BY_HAND = "closed_by_hand"
    RESOLVED_BY_SOURCE = "resolved_by_source"
    TIMED_OUT = "timed_out"
    NO_DATA = "no_data"


class AlertNumber(models.Model):
    """The last alert number given out in a team."""

    team = models.OneToOneField(Team, on_delete=models.PROTECT, primary_key=True, related_name="+")
    last = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"#{self.last}"


class AlertQuerySet(models.QuerySet["Alert"]):
    """Questions one asks of alerts."""

    def of(self, team: Team) -> "AlertQuerySet":
        return self.filter(team=team)

    def active(self) -> "AlertQuerySet":
        """Not cleared yet."""
        return self.exclude(state=AlertState.CLEARED)


_FILTERED = (
    *("cleared_at", "started_at", "state", "severity", "rule", "test"),
    *("assigned_to", "acknowledged_by", "acknowledged_at", "still_violated", "drill"),
)


class Alert(models.Model):
    """One episode of one rule being violated on one test, from triggered to cleared; only alerts.lifecycle writes it.

    `number` is its id within the team. `opened_by` is "violated" or "no_data". `still_violated` is kept for alerts
    closed by hand. `snapshot` is as in alerts.snapshots. `drill`: it was made to try the rule's route. `remind_at` and
    `escalate_at` are when time alone does the next of either, `escalated` counts the steps that were taken.
    """

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="alerts")
    number = models.PositiveBigIntegerField()
    rule = models.ForeignKey(AlertRule, on_delete=models.PROTECT, related_name="alerts")
    test = models.ForeignKey(Test, on_delete=models.PROTECT, null=True, blank=True, related_name="alerts")
    fingerprint = models.CharField(max_length=64)
    state = models.CharField(max_length=12, choices=choices(list(AlertState)), default=AlertState.TRIGGERED)
    severity = models.CharField(max_length=10, choices=choices(list(Severity)))
    opened_by = models.CharField(max_length=10, default="violated")
    started_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    acknowledged_by_text = models.CharField(max_length=200, blank=True)
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="assigned_alerts"
    )
    cleared_at = models.DateTimeField(null=True, blank=True)
    cleared_reason = models.CharField(max_length=20, choices=ClearedReason.choices, blank=True)
    cleared_text = models.CharField(max_length=1000, blank=True)
    still_violated = models.BooleanField(default=False)
    labels = models.JSONField(default=dict, blank=True)
    annotations = models.JSONField(default=dict, blank=True)
    snapshot = models.JSONField(default=dict, blank=True)
    drill = models.BooleanField(default=False)
    remind_at = models.DateTimeField(null=True, blank=True)
    escalate_at = models.DateTimeField(null=True, blank=True)
    escalated = models.PositiveSmallIntegerField(default=0)

    objects: AlertQuerySet = AlertQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["team", "number"], name="alert_number_once_a_team"),
            models.UniqueConstraint(
                fields=["team", "fingerprint"], condition=~Q(state=AlertState.CLEARED), name="alert_one_open"
            ),
            models.CheckConstraint(
                condition=Q(state="cleared", cleared_at__isnull=False) & ~Q(cleared_reason="")
                | ~Q(state="cleared") & Q(cleared_at=None, cleared_reason=""),
                name="alert_cleared_says_when_and_why",
            ),
            models.CheckConstraint(
                condition=Q(state="acknowledged", acknowledged_at__isnull=False)
                | Q(state="triggered", acknowledged_at=None)
                | Q(state="cleared"),
                name="alert_acknowledged_says_when",
            ),
            models.CheckConstraint(
                condition=Q(cleared_at=None) | Q(cleared_at__gte=models.F("started_at")), name="alert_ends_after_start"
            ),
        ]
        indexes = [
            models.Index(fields=["team", "state", "-started_at"], name="alert_team_state"),
            models.Index(fields=["rule", "test", "state"], name="alert_rule_test"),
            # For the Views page; covering, since which alerts overlap a range is asked of the whole history of a test.
            models.Index(fields=["test", "started_at", "cleared_at"], name="alert_test_time"),
            models.Index(fields=["team", "severity", "-number"], condition=Q(cleared_at=None), name="alert_open"),
            # All that the list filters by, so that no mix of filters reads the wide rows of a long history.
            models.Index(fields=["team", "-number", *_FILTERED], name="alert_list"),
            models.Index(fields=["rule"], condition=Q(cleared_at=None), name="alert_open_of_rule"),
            models.Index(fields=["remind_at"], condition=Q(remind_at__isnull=False), name="alert_remind"),
            models.Index(fields=["escalate_at"], condition=Q(escalate_at__isnull=False), name="alert_escalate"),
        ]

    def __str__(self) -> str:
        return f"#{self.number}"

    @property
    def rule_name(self) -> str:
        """What the rule was called when it opened."""
        return str(self.snapshot.get("rule") or self.rule.name)

    @property
    def test_name(self) -> str:
        """What the test was called when it opened; empty where it is about none."""
        return "" if self.test_id is None else str(self.snapshot.get("test") or self.test)

    @property
    def about(self) -> str:
        """Both: "Too slow on Checkout"."""
        return f"{self.rule_name} on {self.test_name}" if self.test_name else self.rule_name
