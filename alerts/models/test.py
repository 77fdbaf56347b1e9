from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone

from teams.models import Team

MIN_INTERVAL, MAX_INTERVAL = 10, 86_400


class TestQuerySet(models.QuerySet["Test"]):
    """Questions one asks of tests."""

    def of(self, team: Team) -> "TestQuerySet":
        """The team's tests, without archived ones."""
        return self.filter(team=team, archived_at=None)


class Test(models.Model):
    """Something that is measured.

    `interval` is the length of its rounds in seconds. Never deleted: archived, its slug freed.
    """

    __test__ = False  # not a pytest class

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="tests")
    slug = models.SlugField(max_length=60)
    name = models.CharField(max_length=100)
    enabled = models.BooleanField(default=True)
    target = models.CharField(max_length=500, blank=True)
    interval = models.PositiveIntegerField(
        "interval (seconds)",
        default=60,
        validators=[MinValueValidator(MIN_INTERVAL), MaxValueValidator(MAX_INTERVAL)],
    )
    labels = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects: TestQuerySet = TestQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["team", "slug"], condition=models.Q(archived_at=None), name="test_slug_once_a_team"
            ),
            models.CheckConstraint(
                condition=models.Q(interval__gte=MIN_INTERVAL, interval__lte=MAX_INTERVAL), name="test_interval_sane"
            ),
        ]

    def __str__(self) -> str:
        return self.name
