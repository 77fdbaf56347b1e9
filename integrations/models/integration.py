import uuid

from django.db import models
from django.utils import timezone

from teams.models import Team


class IntegrationQuerySet(models.QuerySet["Integration"]):
    """Questions one asks of integrations."""

    def of(self, team: Team) -> "IntegrationQuerySet":
        """What the team configured and did not archive; without its built-in e-mail integration."""
        return self.filter(team=team, archived_at=None, builtin=False)


class Integration(models.Model):
    """A destination that a team configured.

    `sealed` is the whole config, encrypted and bound to `uid` and team (see integrations.vault). `target` is the plain
    text for lists. `rate_key` is a keyed hash of what the remote counts by. `fallback` is told in its place while it
    does not work. At most one of a team `hears_trouble_since` somebody chose it: it is told which others do not work.
    Never deleted: archived.
    """

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="integrations")
    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField("type", max_length=30)
    name = models.CharField(max_length=100)
    enabled = models.BooleanField(default=True)
    builtin = models.BooleanField(default=False, editable=False)
    sealed = models.TextField(editable=False)
    target = models.CharField(max_length=200, blank=True, editable=False)
    rate_key = models.CharField(max_length=64, editable=False)
    fallback = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="stood_in_for")
    hears_trouble_since = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects: IntegrationQuerySet = IntegrationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["team", "kind"], condition=models.Q(builtin=True), name="integration_builtin_once_a_team"
            ),
            models.UniqueConstraint(
                fields=["team"],
                condition=models.Q(hears_trouble_since__isnull=False),
                name="integration_one_hears_trouble",
            ),
        ]
        indexes = [
            models.Index(fields=["team", "archived_at"]),
            models.Index(
                fields=["team", "name", "id"],
                condition=models.Q(archived_at=None, builtin=False),
                name="integration_by_name",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.kind})"

    @property
    def hears_trouble(self) -> bool:
        return self.hears_trouble_since is not None
