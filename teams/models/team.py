from django.conf import settings
from django.db import models
from django.utils import timezone


class Role(models.TextChoices):
    """What a member may do, least first."""

    VIEWER = "viewer"
    MEMBER = "member"
    ADMIN = "admin"


def _granted() -> "models.PositiveBigIntegerField[int | None, int | None]":
    return models.PositiveBigIntegerField(null=True, blank=True, help_text="Empty: what every team is granted.")


class Team(models.Model):
    """The tenant: everything else belongs to exactly one. Operators may grant it other quotas, see teams.quotas."""

    name = models.CharField(max_length=100)
    slug = models.SlugField(max_length=60, unique=True)
    announce_minutes = models.PositiveIntegerField(
        "announce up to (minutes)",
        default=60,
        help_text="Events of rounds older than this are recorded, but not announced unless the sender asks for it.",
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    measurements_per_minute = _granted()
    measurements_per_day = _granted()
    stored_measurements = _granted()
    open_alerts = _granted()
    mails_per_day = _granted()
    shadow = models.BooleanField(
        "shadow mode", default=False, help_text="Decide and log who would be told; send nothing."
    )

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A user in a team, with a role."""

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.MEMBER)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name_plural = "people"
        constraints = [
            models.UniqueConstraint(fields=["team", "user"], name="membership_once_a_team"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="membership_role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user} ({self.role})"
