from django.db import models

from alerts.models import AlertRule
from integrations.models import Integration
from teams.models import Team


class LastTold(models.Model):
    """When a rule that keeps a least gap between its messages last told a place."""

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="+")
    rule = models.ForeignKey(AlertRule, on_delete=models.CASCADE, related_name="+", db_index=False)
    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="+", db_index=False)
    recipient = models.CharField(max_length=254, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["rule", "integration", "recipient"], name="last_told_once")]

    def __str__(self) -> str:
        return f"{self.rule_id} told {self.integration_id}"
