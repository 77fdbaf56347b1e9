from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from alerts.models.rule import AlertRule
from alerts.models.test import Test
from teams.models import Team

MAX_MINUTES = 43_200


class Mute(models.Model):
    """A time in which alerts of a rule, of a test, or (neither named) of the whole team are not told.

    `until` is empty where somebody has to end it. It is over at `until` or, earlier, at `ended_at`.
    """

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="mutes")
    rule = models.ForeignKey(AlertRule, on_delete=models.PROTECT, null=True, blank=True, related_name="mutes")
    test = models.ForeignKey(Test, on_delete=models.PROTECT, null=True, blank=True, related_name="mutes")
    reason = models.CharField(max_length=500, blank=True)
    began_at = models.DateTimeField(default=timezone.now)
    until = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    by_text = models.CharField(max_length=200, blank=True)
    ended_by_text = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-began_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(rule=None) | Q(test=None), name="mute_of_one_thing"),
            models.CheckConstraint(condition=Q(until=None) | Q(until__gt=models.F("began_at")), name="mute_has_length"),
        ]
        indexes = [models.Index(fields=["team"], condition=Q(ended_at=None), name="mute_open")]

    def __str__(self) -> str:
        return f"mute of {self.rule or self.test or 'everything'}"


class MaintenanceWindow(models.Model):
    """A time in which tests are measured but open no alerts; once, or again and again until `repeats_until`.

    `starts_at` is the first beginning; later ones are at the same wall-clock time in `time_zone`. It concerns the whole
    team (`everything`), the tests that it includes or whose labels match `selector`, without those that it excludes.
    `ended_early` are the moments (ISO 8601) at which people ended a running occurrence; from `over_at` on nothing of it
    is left, which alerts.services.maintenance keeps right.
    """

    class Repeat(models.TextChoices):
        NEVER = "never", "Once"
        DAILY = "daily", "Every day"
        WEEKLY = "weekly", "Every week"
        MONTHLY = "monthly", "Every month"

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="maintenance_windows")
    name = models.CharField(max_length=100)
    time_zone = models.CharField(max_length=50, default="UTC")
    starts_at = models.DateTimeField()
    minutes = models.PositiveIntegerField(validators=[MinValueValidator(1), MaxValueValidator(MAX_MINUTES)])
    repeat = models.CharField(max_length=8, choices=Repeat.choices, default=Repeat.NEVER)
    every = models.PositiveSmallIntegerField(default=1, validators=[MinValueValidator(1), MaxValueValidator(52)])
    weekdays = models.JSONField(default=list, blank=True)
    repeats_until = models.DateTimeField(null=True, blank=True)
    ended_early = models.JSONField(default=list, blank=True, editable=False)
    over_at = models.DateTimeField(editable=False)
    everything = models.BooleanField(default=False)
    selector = models.JSONField(default=list, blank=True)
    tests = models.ManyToManyField(Test, through="WindowTest", related_name="maintenance_windows", blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    by_text = models.CharField(max_length=200, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["-starts_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(repeat="never", repeats_until=None) | ~Q(repeat="never") & Q(repeats_until__isnull=False),
                name="window_has_an_end",
            )
        ]
        indexes = [models.Index(fields=["team", "over_at"], name="window_of_team")]

    def __str__(self) -> str:
        return self.name


class WindowTest(models.Model):
    """A test that a maintenance window of the same team includes, or leaves out."""

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="+")
    window = models.ForeignKey(MaintenanceWindow, on_delete=models.CASCADE, related_name="test_links")
    test = models.ForeignKey(Test, on_delete=models.CASCADE, related_name="window_links")
    excluded = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["window", "test"], name="window_test_once")]

    def __str__(self) -> str:
        return f"{self.window_id} {'without' if self.excluded else 'with'} {self.test_id}"
