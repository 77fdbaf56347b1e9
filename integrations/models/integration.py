import uuid

from django.db import models
from django.utils import timezone

from channels_app.words import SEVERITIES, Severity
from integrations.models.telling import Language, usually_told
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

    `used_by_default`: every rule tells it that does not say "only these". `events` are Telling values and
    `minimum_severity` the least severe alert that it is told of. `picture`: messages show a graph where they can.
    `time_zone` (empty: UTC) and `language` are those of its messages. `hears_changes`: of the team's settings.

    From its settings come `living` (its message about an alert is kept true in place), `two_way` (people can act on
    alerts from there) and `hears_key`, a keyed hash by which calls from there that name no integration are found.
    `hook_turn` counts how often the address of its hook was changed.
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
    living = models.BooleanField(default=False, editable=False)
    two_way = models.BooleanField(default=False, editable=False)
    hears_key = models.CharField(max_length=64, blank=True, editable=False)
    hook_turn = models.PositiveIntegerField(default=0, editable=False)
    fallback = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="stood_in_for")
    used_by_default = models.BooleanField(default=False)
    minimum_severity = models.CharField(
        max_length=10, choices=[(each, each.capitalize()) for each in SEVERITIES], default=Severity.INFO
    )
    events = models.JSONField(default=usually_told)
    picture = models.BooleanField("graph image", default=False)
    time_zone = models.CharField(max_length=50, blank=True)
    language = models.CharField(max_length=5, choices=Language.choices, default=Language.ENGLISH)
    hears_changes = models.BooleanField(default=False)
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
            models.Index(fields=["team"], condition=models.Q(used_by_default=True), name="integration_by_default"),
            models.Index(fields=["team"], condition=models.Q(hears_changes=True), name="integration_hears_changes"),
            models.Index(fields=["kind", "hears_key"], condition=~models.Q(hears_key=""), name="integration_by_key"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.kind})"

    @property
    def hears_trouble(self) -> bool:
        return self.hears_trouble_since is not None
