from django.db import models

from alerts.models import AlertRule
from teams.models import Team


class Drill(models.Model):
    """A fire drill: a marked trigger and clear through the real route of a rule.

    `number` is that of its alert within the team, which goes when it is old while the drill stays. `ok` is null until
    every destination was told or could not be; `words` then name what failed.
    """

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="drills")
    rule = models.ForeignKey(AlertRule, on_delete=models.PROTECT, related_name="drills", db_index=False)
    number = models.PositiveBigIntegerField()
    began_at = models.DateTimeField()
    by_text = models.CharField(max_length=200, blank=True)
    scheduled = models.BooleanField(default=False)
    finished_at = models.DateTimeField(null=True, blank=True)
    ok = models.BooleanField(null=True, blank=True)
    words = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["-began_at", "-id"]
        indexes = [
            models.Index(fields=["rule", "-began_at"], name="drill_of_rule"),
            models.Index(fields=["began_at"], condition=models.Q(finished_at=None), name="drill_open"),
        ]

    def __str__(self) -> str:
        return f"drill {self.pk}"
