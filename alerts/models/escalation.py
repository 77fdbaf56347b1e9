from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from alerts.models.rule import AlertRule
from integrations.models import Integration
from teams.models import Team


class EscalationStep(models.Model):
    """Who is told too when nobody has acknowledged an alert of the rule `after_minutes` after it was triggered."""

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="+")
    rule = models.ForeignKey(AlertRule, on_delete=models.CASCADE, related_name="escalation_steps")
    after_minutes = models.PositiveIntegerField(validators=[MinValueValidator(1), MaxValueValidator(10_080)])
    recipients = models.JSONField(default=list, blank=True)
    integrations = models.ManyToManyField(Integration, through="StepIntegration", related_name="steps", blank=True)

    class Meta:
        ordering = ["after_minutes", "id"]
        constraints = [models.UniqueConstraint(fields=["rule", "after_minutes"], name="escalation_step_once")]

    def __str__(self) -> str:
        return f"after {self.after_minutes} min"


class StepIntegration(models.Model):
    """An integration that a step of the same team tells."""

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="+")
    step = models.ForeignKey(EscalationStep, on_delete=models.CASCADE, related_name="integration_links")
    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="step_links")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["step", "integration"], name="step_integration_once")]

    def __str__(self) -> str:
        return f"{self.step_id} tells {self.integration_id}"
