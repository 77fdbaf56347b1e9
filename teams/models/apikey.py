from django.conf import settings
from django.db import models
from django.utils import timezone

from teams.models.team import Role, Team


class ApiKey(models.Model):
    """A program's key to one team. Only a digest is kept; `prefix` tells keys apart in lists.

    `maker` is empty for keys made by the operator's command; else the key works only while its maker's role allows it.
    """

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="api_keys")
    name = models.CharField(max_length=100)
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.MEMBER)
    prefix = models.CharField(max_length=12, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    maker = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = "API key"
        ordering = ["name"]
        constraints = [models.CheckConstraint(condition=models.Q(role__in=Role.values), name="apikey_role_known")]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"
