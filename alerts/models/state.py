from django.db import models

from alerts.models.rule import AlertRule
from alerts.models.test import Test


class RuleState(models.Model):
    """What evaluation remembers of one rule on one test; `state` is JSON text, read and written by alerts.watches.

    `last_received_at` counts from when the rule was attached until data comes. `next_check_at` is when silence
    could matter.
    """

    rule = models.ForeignKey(AlertRule, on_delete=models.PROTECT, related_name="states")
    test = models.ForeignKey(Test, on_delete=models.PROTECT, related_name="states")
    state = models.TextField(default="{}")
    last_received_at = models.DateTimeField()
    next_check_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["rule", "test"], name="state_once")]
        indexes = [
            models.Index(fields=["next_check_at"], condition=models.Q(next_check_at__isnull=False), name="state_checks")
        ]

    def __str__(self) -> str:
        return f"state of rule {self.rule_id} on test {self.test_id}"
