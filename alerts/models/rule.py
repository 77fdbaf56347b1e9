from django.apps import apps
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone

from alerts.models.test import Test
from channels_app.words import Severity
from integrations.models import Group, Integration
from teams.models import Team

MAX_ROUNDS = 60


def choices(words: list[str]) -> list[tuple[str, str]]:
    """The words as form choices."""
    return [(word, word.capitalize()) for word in words]


class RuleQuerySet(models.QuerySet["AlertRule"]):
    """Questions one asks of rules."""

    def of(self, team: Team) -> "RuleQuerySet":
        """The team's rules, without archived ones."""
        return self.filter(team=team, archived_at=None)

    def telling_nobody(self) -> "RuleQuerySet":
        """Those of which no message would reach anybody, at once or by a step of their escalation."""
        own = models.OuterRef("pk")
        places = Integration.objects.filter(enabled=True, archived_at=None)
        by_default = places.filter(team=models.OuterRef("team"), used_by_default=True)
        steps = apps.get_model("alerts", "EscalationStep")._default_manager.filter(rule=own)
        heard = models.Exists(places.filter(rule_links__rule=own)) | models.Exists(places.filter(groups__rules=own))
        later = models.Exists(places.filter(steps__rule=own)) | models.Exists(steps.exclude(recipients=[]))
        unless_only_these = models.Q(models.Exists(by_default), only_these=False)
        return self.filter(~heard, ~later, ~unless_only_these, recipients=[])


class AlertRule(models.Model):
    """Conditions over the metrics of the tests it is attached to, a severity, and its notifications.

    `origin` says what opens its alerts: its own conditions, or alerts received from elsewhere that its `matchers`
    match.
    `selector` are matchers of labels (`env=live`); tests that match all of them are attached by themselves.
    `only_these`: the team's default integrations are not told. `hours` is the schedule of alerts.hours, null: always.
    `remind_minutes` and `least_gap_minutes` are null where there is none. `shadow`: decide and log, send nothing.
    `reopen_after` is in seconds. Exactly one of `minimum_sources` and `minimum_sources_percent` is set.
    """

    class Origin(models.TextChoices):
        MEASURED = "measured"
        RECEIVED = "received"

    class Match(models.TextChoices):
        ALL = "all", "All conditions are met"
        ANY = "any", "Any condition is met"

    class RoundsMode(models.TextChoices):
        ANY = "any", "Any sources"
        EXACT = "exact", "The same sources"

    class WhenDataStops(models.TextChoices):
        KEEP = "keep", "Keep the alert as it is"
        ALERT = "alert", "Trigger an alert"
        CLEAR = "clear", "Stop counting the silent source"

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="rules")
    name = models.CharField(max_length=100)
    enabled = models.BooleanField(default=True)
    origin = models.CharField(max_length=10, choices=Origin.choices, default=Origin.MEASURED, editable=False)
    matchers = models.JSONField(default=list, blank=True, editable=False)
    severity = models.CharField(max_length=10, choices=choices(list(Severity)), default=Severity.MINOR)
    match = models.CharField(max_length=3, choices=Match.choices, default=Match.ALL)
    rounds_required = models.PositiveSmallIntegerField(
        default=1, validators=[MinValueValidator(1), MaxValueValidator(MAX_ROUNDS)]
    )
    rounds_window = models.PositiveSmallIntegerField(
        default=1, validators=[MinValueValidator(1), MaxValueValidator(MAX_ROUNDS)]
    )
    rounds_mode = models.CharField(max_length=5, choices=RoundsMode.choices, default=RoundsMode.ANY)
    minimum_sources = models.PositiveIntegerField(null=True, blank=True, default=1, validators=[MinValueValidator(1)])
    minimum_sources_percent = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(100)]
    )
    recipients = models.JSONField(default=list, blank=True)
    notify_on_clear = models.BooleanField("Send an email when clears - and tell every integration below", default=True)
    message = models.TextField(max_length=2000, blank=True)
    runbook = models.URLField(max_length=500, blank=True)
    when_data_stops = models.CharField(max_length=5, choices=WhenDataStops.choices, default=WhenDataStops.KEEP)
    no_data_minutes = models.PositiveIntegerField(
        default=10, validators=[MinValueValidator(1), MaxValueValidator(10_080)]
    )
    reopen_after = models.PositiveIntegerField(
        "reopen after (seconds)", default=43_200, validators=[MinValueValidator(60), MaxValueValidator(2_592_000)]
    )
    selector = models.JSONField(default=list, blank=True)
    only_these = models.BooleanField(default=False)
    remind_minutes = models.PositiveIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(10_080)]
    )
    least_gap_minutes = models.PositiveIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(1_440)]
    )
    hours = models.JSONField(null=True, blank=True)
    shadow = models.BooleanField("shadow mode", default=False)
    drill_weekly = models.BooleanField("weekly fire drill", default=False)
    tests = models.ManyToManyField(Test, through="RuleTest", related_name="rules", blank=True)
    integrations = models.ManyToManyField(Integration, through="RuleIntegration", related_name="rules", blank=True)
    groups = models.ManyToManyField(Group, through="RuleGroup", related_name="rules", blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects: RuleQuerySet = RuleQuerySet.as_manager()  # type: ignore[assignment]
    first_step: int | None = None  # minutes after which the first escalation comes, where it was read along

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(rounds_required__lte=models.F("rounds_window")), name="rule_x_within_y"
            ),
            models.CheckConstraint(
                condition=models.Q(minimum_sources=None) ^ models.Q(minimum_sources_percent=None),
                name="rule_one_minimum",
            ),
        ]
        indexes = [
            models.Index(fields=["team", "name", "id"], condition=models.Q(archived_at=None), name="rule_by_name")
        ]

    def __str__(self) -> str:
        return self.name


class Condition(models.Model):
    """Metric, operator, threshold, and the severity it stands for (empty: the rule's). `absent` has no threshold."""

    class Operator(models.TextChoices):
        GT = ">"
        GE = ">="
        LT = "<"
        LE = "<="
        EQ = "=="
        NE = "!="
        ABSENT = "absent"

    rule = models.ForeignKey(AlertRule, on_delete=models.CASCADE, related_name="conditions")
    position = models.PositiveSmallIntegerField(default=0)
    metric = models.CharField(max_length=100)
    operator = models.CharField(max_length=6, choices=Operator.choices)
    threshold = models.FloatField(null=True, blank=True)
    severity = models.CharField(max_length=10, choices=choices(list(Severity)), blank=True)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(operator="absent") | models.Q(threshold__isnull=False),
                name="condition_has_threshold",
            )
        ]

    def __str__(self) -> str:
        return f"{self.metric} {self.operator} {'' if self.threshold is None else self.threshold}".strip()


class RuleTest(models.Model):
    """A rule attached to a test of the same team; `by_selector`: since its labels match, not by hand."""

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="+")
    rule = models.ForeignKey(AlertRule, on_delete=models.CASCADE, related_name="test_links")
    test = models.ForeignKey(Test, on_delete=models.CASCADE, related_name="rule_links")
    by_selector = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["rule", "test"], name="rule_test_once")]

    def __str__(self) -> str:
        return f"{self.rule_id} on {self.test_id}"


class RuleIntegration(models.Model):
    """An integration ticked on a rule of the same team. `since` is empty where that was before it was noted."""

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="+")
    rule = models.ForeignKey(AlertRule, on_delete=models.CASCADE, related_name="integration_links")
    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="rule_links")
    since = models.DateTimeField(default=timezone.now, null=True, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["rule", "integration"], name="rule_integration_once")]

    def __str__(self) -> str:
        return f"{self.rule_id} tells {self.integration_id}"


class RuleGroup(models.Model):
    """A group of integrations ticked on a rule of the same team."""

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="+")
    rule = models.ForeignKey(AlertRule, on_delete=models.CASCADE, related_name="group_links")
    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="rule_links")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["rule", "group"], name="rule_group_once")]

    def __str__(self) -> str:
        return f"{self.rule_id} tells group {self.group_id}"
