from django.db import models

from integrations.models.integration import Integration


class Health(models.Model):
    """How an integration fares: its last test, and what deliveries met since the last success.

    `last_test_ok` is null again once the config was changed after that test.
    """

    integration = models.OneToOneField(Integration, on_delete=models.PROTECT, primary_key=True, related_name="health")
    last_test_at = models.DateTimeField(null=True, blank=True)
    last_test_ok = models.BooleanField(null=True, blank=True)
    last_test_words = models.CharField(max_length=300, blank=True)
    last_success_at = models.DateTimeField(null=True, blank=True)
    last_failure_at = models.DateTimeField(null=True, blank=True)
    last_failure_words = models.CharField(max_length=300, blank=True)
    consecutive_failures = models.PositiveIntegerField(default=0)
    parked_at = models.DateTimeField(null=True, blank=True)
    parked_reason = models.CharField(max_length=40, blank=True)

    class Meta:
        verbose_name_plural = "health"
        indexes = [
            models.Index(fields=["parked_at"], condition=models.Q(parked_at__isnull=False), name="health_on_hold")
        ]

    def __str__(self) -> str:
        return f"health of {self.integration_id}"

    @property
    def parked_words(self) -> str:
        """Why it is on hold, for people."""
        return self.parked_reason.replace("_", " ")
