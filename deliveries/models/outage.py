from django.db import models
from django.db.models import Q

from integrations.models import Integration
from teams.models import Team


class Outage(models.Model):
    """A time in which an integration was on hold, and whether its owner was told of the beginning and of the end.

    `began_at` is its first failure, `held_at` when its messages began to wait; `words` are the remote's own. `due_at`
    is when the owner has to be told next (null: nothing to tell), `tries` counts what failed of that, `problem` says
    why; `told_through` names who heard of it last.
    """

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="+")
    integration = models.ForeignKey(Integration, on_delete=models.PROTECT, related_name="outages")
    began_at = models.DateTimeField()
    held_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=30)
    words = models.CharField(max_length=300, blank=True)
    begin_told_at = models.DateTimeField(null=True, blank=True)
    end_told_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveIntegerField(default=0)
    problem = models.CharField(max_length=300, blank=True)
    told_through = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["integration"], condition=Q(ended_at=None), name="outage_one_at_a_time")
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="outage_due"),
            models.Index(fields=["integration", "-id"], name="outage_latest"),
        ]

    def __str__(self) -> str:
        return f"outage of {self.integration_id}"
