from django.db import models
from django.db.models import Q

from alerts.models import Alert, AlertEvent
from channels_app.contract import Reason
from deliveries.models.lane import Lane
from integrations.models import Integration
from teams.models import Team


class DeliveryState(models.TextChoices):
    """Where a delivery stands; all but the first three are final. `held`: it is kept back until `held_until`."""

    HELD = "held"
    PENDING = "pending"
    SENDING = "sending"
    DELIVERED = "delivered"
    REJECTED = "rejected"
    SUPPRESSED = "suppressed"
    SUPERSEDED = "superseded"
    EXPIRED = "expired"


OPEN_STATES = (DeliveryState.PENDING, DeliveryState.SENDING)
UNFINISHED = (DeliveryState.HELD, *OPEN_STATES)


class DeliveryReason(models.TextChoices):
    """Why a delivery did not end as delivered. The pages have a sentence for each (deliveries.sentences)."""

    TOO_OLD = "too_old"
    NOT_WANTED = "not_wanted"
    RULE_NOT_ON_CLEAR = "rule_not_on_clear"
    NEVER_TOLD = "never_told"
    INTEGRATION_DISABLED = "integration_disabled"
    INTEGRATION_REMOVED = "integration_removed"
    EVENT_NOT_CHOSEN = "event_not_chosen"
    BELOW_SEVERITY = "below_severity"
    MUTED = "muted"
    MAINTENANCE = "maintenance"
    OUTSIDE_HOURS = "outside_hours"
    LEAST_GAP = "least_gap"
    SHADOW = "shadow"
    OWN_ACTION = "own_action"
    SAID_THERE = "said_there"
    NOTHING_TO_UPDATE = "nothing_to_update"
    UNSUBSCRIBED = "unsubscribed"
    UNCONFIRMED = "unconfirmed"
    MAIL_QUOTA = "mail_quota"
    NEWER_EVENT = "newer_event"
    TOO_LATE = "too_late"
    INTERNAL_ERROR = "internal_error"
    UNREADABLE_CONFIG = "unreadable_config"
    NETWORK = Reason.NETWORK.value
    ADDRESS_REFUSED = Reason.ADDRESS_REFUSED.value
    REMOTE_ERROR = Reason.REMOTE_ERROR.value
    RATE_LIMITED = Reason.RATE_LIMITED.value
    UNEXPECTED_ANSWER = Reason.UNEXPECTED_ANSWER.value
    BAD_CREDENTIALS = Reason.BAD_CREDENTIALS.value
    NOT_ALLOWED = Reason.NOT_ALLOWED.value
    DESTINATION_GONE = Reason.DESTINATION_GONE.value
    CONTENT_REFUSED = Reason.CONTENT_REFUSED.value
    RECIPIENT_REFUSED = Reason.RECIPIENT_REFUSED.value
    REDIRECTED = Reason.REDIRECTED.value


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    """Questions one asks of deliveries."""

    def of(self, team: Team) -> "DeliveryQuerySet":
        return self.filter(team=team)


class Delivery(models.Model):
    """One alert event owed to one integration (and, for rule recipients, to one address).

    `rank` is the severity's rank, for the order within the lane. `recorded_at` is the event's, or when what was lost
    is made good; `expires_at` counts from it, or from the end of a hold. `reason` of a held one is why it is held.
    `tries` counts failed calls that carried it, but for those that met a limit. `resend_of` points to the delivery that
    a user asked to send again, or that was lost and is made good, `stands_in_for` to the integration in whose place
    this one is told. `in_place`: it only keeps the alert's message there true, and notifies nobody; beside it there may
    be one of the same event that was held back or suppressed.
    """

    # No index of their own where another begins with the column: each costs every write.
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="+", db_index=False)
    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="deliveries")
    event = models.ForeignKey(AlertEvent, on_delete=models.PROTECT, related_name="deliveries")
    integration = models.ForeignKey(Integration, on_delete=models.PROTECT, related_name="deliveries", db_index=False)
    lane = models.ForeignKey(Lane, on_delete=models.PROTECT, related_name="deliveries", db_index=False)
    recipient = models.CharField(max_length=254, blank=True)
    state = models.CharField(max_length=10, choices=DeliveryState.choices, default=DeliveryState.PENDING)
    reason = models.CharField(max_length=30, choices=DeliveryReason.choices, blank=True)
    words = models.CharField(max_length=300, blank=True)
    rank = models.PositiveSmallIntegerField()
    tries = models.PositiveIntegerField(default=0)
    in_place = models.BooleanField(default=False, db_default=False)
    recorded_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    held_until = models.DateTimeField(null=True, blank=True)
    replaced_by = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    resend_of = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="resends", db_index=False
    )
    stands_in_for = models.ForeignKey(
        Integration, on_delete=models.PROTECT, null=True, blank=True, db_index=False, related_name="+"
    )

    objects: DeliveryQuerySet = DeliveryQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(
                fields=["event", "integration", "recipient", "in_place"],
                condition=Q(resend_of=None),
                name="delivery_once",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["pending", "sending"], finished_at=None, reason="", replaced_by=None)
                | Q(state="held", finished_at=None, held_until__isnull=False, replaced_by=None) & ~Q(reason="")
                | Q(state="delivered", finished_at__isnull=False, reason="", replaced_by=None)
                | Q(state="superseded", finished_at__isnull=False, reason="newer_event", replaced_by__isnull=False)
                | Q(state__in=["rejected", "suppressed", "expired"], finished_at__isnull=False, replaced_by=None)
                & ~Q(reason=""),
                name="delivery_state_says_why_and_when",
            ),
        ]
        indexes = [
            models.Index(fields=["lane", "id"], condition=Q(state__in=["pending", "sending"]), name="delivery_open"),
            models.Index(fields=["held_until"], condition=Q(state="held"), name="delivery_held"),
            models.Index(fields=["replaced_by"], condition=~Q(replaced_by=None), name="delivery_replaced"),
            models.Index(fields=["resend_of"], condition=~Q(resend_of=None), name="delivery_resent"),
            models.Index(fields=["team", "-id"], name="delivery_team"),
            models.Index(fields=["team", "-recorded_at", "-id"], name="delivery_log"),
            models.Index(fields=["integration", "-recorded_at", "-id"], name="delivery_place"),
            models.Index(
                fields=["team", "state", "-recorded_at", "-id"],
                condition=Q(state__in=["rejected", "suppressed", "superseded", "expired"]),
                name="delivery_untold",
            ),
            models.Index(
                fields=["team", "reason", "-recorded_at", "-id"], condition=~Q(reason=""), name="delivery_why"
            ),
        ]

    def __str__(self) -> str:
        return f"delivery {self.pk}"
