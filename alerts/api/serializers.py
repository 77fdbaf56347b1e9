"""How tests, rules, alerts and measurements look from outside. What may be sent is judged by the services."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from alerts import selectors
from alerts.models import Alert, AlertEvent, AlertRule, ClearedReason, Condition, EventType, Test
from alerts.models.rule import MAX_ROUNDS
from alerts.models.test import MAX_INTERVAL, MIN_INTERVAL
from alerts.selecting import MAX_LENGTH, MAX_MATCHERS
from alerts.services import rules
from alerts.services.rules.named import MAX_STEP_MINUTES
from channels_app.words import AlertState, Severity


class TestSerializer(serializers.ModelSerializer[Test]):
    """A test."""

    slug = serializers.SlugField(max_length=60, required=False, help_text="Made from the name where it is left out.")
    interval = serializers.IntegerField(
        min_value=MIN_INTERVAL, max_value=MAX_INTERVAL, required=False, default=60, help_text="Round length, seconds."
    )
    labels = serializers.DictField(child=serializers.CharField(max_length=200), required=False)

    class Meta:
        model = Test
        fields = ["slug", "name", "enabled", "target", "interval", "labels"]


class MeasurementSerializer(serializers.Serializer[Any]):
    """One measurement; the same test, metric, source and time again replaces the value."""

    test = serializers.SlugField(max_length=60)
    metric = serializers.CharField(max_length=100)
    source = serializers.CharField(max_length=100, help_text="Where it was measured from.")  # type: ignore[assignment]
    observed_at = serializers.DateTimeField(help_text="At most 5 minutes ahead.")
    value = serializers.FloatField()


class BatchSerializer(serializers.Serializer[Any]):
    """Up to 5,000 measurements; each is judged alone."""

    notify = serializers.ChoiceField(choices=["auto", "always", "never"], required=False, default="auto")
    measurements = MeasurementSerializer(many=True)


class RejectedSerializer(serializers.Serializer[Any]):
    """A measurement that was not taken."""

    index = serializers.IntegerField()
    errors = serializers.DictField(child=serializers.ListField(child=serializers.CharField()))  # type: ignore[assignment]


class IngestSerializer(serializers.Serializer[Any]):
    """How many measurements were taken, and which were not."""

    accepted = serializers.IntegerField()
    rejected = RejectedSerializer(many=True)


class ConditionSerializer(serializers.Serializer[Any]):
    """A condition; without a severity it has the rule's. For `absent` the threshold is in minutes."""

    metric = serializers.CharField(max_length=100)
    operator = serializers.ChoiceField(choices=Condition.Operator.values)
    threshold = serializers.FloatField(required=False, allow_null=True)
    severity = serializers.ChoiceField(choices=list(Severity), required=False, allow_blank=True)


class HoursSerializer(serializers.Serializer[Any]):
    """The weekly hours in which a rule's messages go out; what comes at other times is told when the next begin."""

    time_zone = serializers.CharField(help_text="Such as Europe/Berlin.")
    critical_passes = serializers.BooleanField(required=False, default=True)
    days = serializers.DictField(
        child=serializers.JSONField(),
        help_text='`mon` to `sun`: `"all"`, or pairs such as `["09:00", "17:00"]`. Left out: no hours on that day.',
    )


class StepSerializer(serializers.Serializer[Any]):
    """Who is told too when nobody has acknowledged an alert so many minutes after it was triggered."""

    after_minutes = serializers.IntegerField(min_value=1, max_value=MAX_STEP_MINUTES)
    integrations = serializers.ListField(child=serializers.IntegerField(), required=False)
    recipients = serializers.ListField(child=serializers.EmailField(), required=False)


class RuleSerializer(serializers.Serializer[AlertRule]):
    """An alert rule. `warnings` are about what was saved all the same."""

    id = serializers.IntegerField(read_only=True)
    name = serializers.CharField(max_length=100)
    enabled = serializers.BooleanField(required=False, default=True)
    severity = serializers.ChoiceField(choices=list(Severity), required=False, default=Severity.MINOR)
    match = serializers.ChoiceField(choices=AlertRule.Match.values, required=False, default="all")
    conditions = ConditionSerializer(many=True)
    rounds_required = serializers.IntegerField(min_value=1, max_value=MAX_ROUNDS, required=False, default=1)
    rounds_window = serializers.IntegerField(min_value=1, max_value=MAX_ROUNDS, required=False, default=1)
    rounds_mode = serializers.ChoiceField(choices=AlertRule.RoundsMode.values, required=False, default="any")
    minimum_sources = serializers.IntegerField(min_value=1, required=False, allow_null=True, default=1)
    minimum_sources_percent = serializers.IntegerField(min_value=1, max_value=100, required=False, allow_null=True)
    tests = serializers.ListField(child=serializers.SlugField(), required=False)
    integrations = serializers.ListField(child=serializers.IntegerField(), required=False)
    recipients = serializers.ListField(child=serializers.EmailField(), required=False)
    notify_on_clear = serializers.BooleanField(required=False, default=True)
    message = serializers.CharField(max_length=2000, required=False, allow_blank=True)
    runbook = serializers.URLField(max_length=500, required=False, allow_blank=True)
    when_data_stops = serializers.ChoiceField(
        choices=AlertRule.WhenDataStops.values, required=False, default=AlertRule.WhenDataStops.KEEP
    )
    no_data_minutes = serializers.IntegerField(min_value=1, max_value=10_080, required=False, default=10)
    reopen_after = serializers.IntegerField(
        min_value=60, max_value=2_592_000, required=False, default=43_200, help_text="Seconds."
    )
    groups = serializers.ListField(
        child=serializers.IntegerField(), required=False, help_text="Groups of integrations that are told."
    )
    only_these = serializers.BooleanField(
        required=False, default=False, help_text="Integrations that are used by default are not told."
    )
    selector = serializers.ListField(
        child=serializers.CharField(max_length=MAX_LENGTH),
        max_length=MAX_MATCHERS,
        required=False,
        help_text="Tests whose labels match all of these are attached by themselves: `env=live`, `env!=test`, "
        "`service=shop-*`, or `env` for any value.",
    )
    selected_tests = serializers.ListField(
        child=serializers.SlugField(), read_only=True, help_text="The tests that come by the selector alone."
    )
    remind_minutes = serializers.IntegerField(
        min_value=1, max_value=10_080, required=False, allow_null=True, help_text="Until acknowledged; null: never."
    )
    least_gap_minutes = serializers.IntegerField(
        min_value=1, max_value=1_440, required=False, allow_null=True, help_text="Between messages of one alert."
    )
    hours = HoursSerializer(required=False, allow_null=True, help_text="null: at any time.")
    escalation = StepSerializer(many=True, required=False)
    shadow = serializers.BooleanField(
        required=False, default=False, help_text="Decide and log who would be told, send nothing."
    )
    drill_weekly = serializers.BooleanField(required=False, default=False)
    warnings = serializers.ListField(child=serializers.CharField(), read_only=True)

    def to_representation(self, instance: AlertRule) -> dict[str, Any]:
        fields = rules.as_words(instance) | {"selected_tests": rules.selected_in_words(instance)}
        return {"id": instance.pk, **fields, "warnings": self._warnings(instance)}

    def _warnings(self, rule: AlertRule) -> list[str]:
        """Asked for single rules only: a list of rules says nothing about what was seen."""
        if not self.context.get("warn"):
            return []
        unseen = selectors.unseen_metrics(rule.team, {condition.metric for condition in rule.conditions.all()})
        return [f"No source has sent the metric {metric} yet." for metric in sorted(unseen)]


class EventSerializer(serializers.ModelSerializer[AlertEvent]):
    """One entry of a timeline."""

    type = serializers.ChoiceField(choices=EventType.values)
    severity = serializers.ChoiceField(choices=list(Severity))
    actor = serializers.CharField(source="actor_text")
    via = serializers.CharField(
        help_text="The way it came by: `page`, `admin`, `api`, `mail`, `command`, `system` for Bellhop itself, or the "
        "kind of the integration where it was said."
    )
    detail = serializers.DictField()

    class Meta:
        model = AlertEvent
        fields = ["type", "at", "severity", "actor", "via", "detail"]


class AlertSerializer(serializers.ModelSerializer[Alert]):
    """An alert with its timeline; `id` counts within the team."""

    id = serializers.IntegerField(source="number")
    state = serializers.ChoiceField(choices=list(AlertState))
    severity = serializers.ChoiceField(choices=list(Severity))
    rule = serializers.IntegerField(source="rule_id")
    rule_name = serializers.CharField(read_only=True)
    test = serializers.SerializerMethodField()
    cleared_reason = serializers.SerializerMethodField()
    acknowledged_by = serializers.SerializerMethodField()
    assigned_to = serializers.SerializerMethodField()
    labels = serializers.DictField(child=serializers.CharField())
    events = EventSerializer(many=True)

    class Meta:
        model = Alert
        fields = [
            "id",
            "state",
            "severity",
            "rule",
            "rule_name",
            "test",
            "started_at",
            "cleared_at",
            "cleared_reason",
            "cleared_text",
            "acknowledged_by",
            "acknowledged_at",
            "assigned_to",
            "still_violated",
            "opened_by",
            "drill",
            "labels",
            "events",
        ]

    def get_test(self, alert: Alert) -> str | None:
        return alert.test.slug if alert.test else None

    @extend_schema_field(serializers.ChoiceField(choices=ClearedReason.values, allow_null=True))
    def get_cleared_reason(self, alert: Alert) -> str | None:
        return alert.cleared_reason or None

    def get_acknowledged_by(self, alert: Alert) -> str | None:
        """The person's e-mail; else the name of who did it."""
        person = alert.acknowledged_by
        return person.email if person else alert.acknowledged_by_text or None

    def get_assigned_to(self, alert: Alert) -> str | None:
        return alert.assigned_to.email if alert.assigned_to else None


class AssignSerializer(serializers.Serializer[Any]):
    to = serializers.EmailField()


class NoteSerializer(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=2000)


class CloseSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=1000, required=False, allow_blank=True)
