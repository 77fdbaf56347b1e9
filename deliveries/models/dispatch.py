from django.db import models

from deliveries.models.delivery import Delivery
from deliveries.models.lane import Lane


class AttemptOutcome(models.TextChoices):
    """How one call to the remote ended. `interrupted`: the sender died, so the message may have arrived."""

    DELIVERED = "delivered"
    RETRY_LATER = "retry_later"
    REJECTED = "rejected"
    INTERRUPTED = "interrupted"


class Dispatch(models.Model):
    """One message to the remote, carrying 1..n deliveries. `ref` names the message there, where the remote tells."""

    lane = models.ForeignKey(Lane, on_delete=models.PROTECT, related_name="dispatches", db_index=False)
    fence = models.BigIntegerField()
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    ref = models.CharField(max_length=200, blank=True)
    deliveries = models.ManyToManyField(Delivery, through="DispatchItem", related_name="dispatches")

    class Meta:
        verbose_name_plural = "dispatches"
        indexes = [models.Index(fields=["lane"], condition=models.Q(finished_at=None), name="dispatch_open")]

    def __str__(self) -> str:
        return f"dispatch {self.pk}"


class DispatchItem(models.Model):
    """A delivery carried by a dispatch."""

    dispatch = models.ForeignKey(Dispatch, on_delete=models.CASCADE, related_name="items", db_index=False)
    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="items")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["dispatch", "delivery"], name="dispatch_item_once")]

    def __str__(self) -> str:
        return f"{self.delivery_id} in {self.dispatch_id}"


class Attempt(models.Model):
    """One call of a dispatch; append-only. `status` is the remote's, `words` the remote's own, without secrets."""

    dispatch = models.ForeignKey(Dispatch, on_delete=models.PROTECT, related_name="attempts")
    at = models.DateTimeField()
    seconds = models.FloatField(default=0)
    status = models.PositiveIntegerField(null=True, blank=True)
    outcome = models.CharField(max_length=12, choices=AttemptOutcome.choices)
    reason = models.CharField(max_length=30, blank=True)
    words = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.outcome} {self.status or ''}".strip()
