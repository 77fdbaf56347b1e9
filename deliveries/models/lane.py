from django.db import models
from django.db.models import Q

from integrations.models import Integration


class Lane(models.Model):
    """The ordered queue of one integration's deliveries.

    `due_at` is when it next has something to send (null: nothing waits). A holder works it until `lease_until`; each
    claim raises `fence`, and results are recorded only where the fence still matches. `failures` counts failed calls
    since the last success and sets the next gap; `paused_until` with `pause_reason` is what the user is shown.
    `failing_since`, `refusals`, `refused_since` and `on_hold` are explained in deliveries.streaks.
    """

    integration = models.OneToOneField(Integration, on_delete=models.PROTECT, primary_key=True, related_name="lane")
    due_at = models.DateTimeField(null=True, blank=True)
    lease_owner = models.CharField(max_length=120, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    fence = models.BigIntegerField(default=0)
    failures = models.PositiveIntegerField(default=0)
    paused_until = models.DateTimeField(null=True, blank=True)
    pause_reason = models.CharField(max_length=30, blank=True)
    untold = models.PositiveIntegerField(default=0)
    failing_since = models.DateTimeField(null=True, blank=True)
    refusals = models.PositiveIntegerField(default=0, db_default=0)
    refused_since = models.DateTimeField(null=True, blank=True)
    on_hold = models.BooleanField(default=False, db_default=False)

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="lane_due"),
            models.Index(fields=["integration"], condition=Q(on_hold=True), name="lane_on_hold"),
        ]

    def __str__(self) -> str:
        return f"lane of {self.integration_id}"


class Budget(models.Model):
    """What may be sent under one rate key, over all lanes and teams that share it.

    `next_at` is the theoretical arrival time of the next call (GCRA); `paused_until` is what the remote demanded.
    """

    rate_key = models.CharField(max_length=64, primary_key=True)
    next_at = models.DateTimeField()
    paused_until = models.DateTimeField(null=True, blank=True)
    pause_reason = models.CharField(max_length=30, blank=True)

    def __str__(self) -> str:
        return self.rate_key[:8]
