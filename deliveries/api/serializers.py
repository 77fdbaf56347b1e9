from datetime import datetime

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from deliveries.models import Attempt, Delivery
from deliveries.selectors import attempts_of, delay_of
from deliveries.sentences import said, sentence


class AttemptSerializer(serializers.ModelSerializer[Attempt]):
    """One call to the remote: its status, how it ended, and in `detail` the remote's own words, or ours without any."""

    detail = serializers.SerializerMethodField()

    class Meta:
        model = Attempt
        fields = ["at", "status", "outcome", "reason", "detail"]
        read_only_fields = fields

    def get_detail(self, attempt: Attempt) -> str:
        return said(attempt)


class DeliverySerializer(serializers.ModelSerializer[Delivery]):
    """A delivery. `alert` is the alert's number, `explanation` a sentence for people. `in_place`: it only updated the
    alert's message there, and notified nobody.
    """

    alert = serializers.IntegerField(source="alert.number")
    integration = serializers.IntegerField(source="integration_id")
    event = serializers.CharField(source="event.type")
    replaced_by = serializers.IntegerField(source="replaced_by_id", allow_null=True)
    resend_of = serializers.IntegerField(source="resend_of_id", allow_null=True)
    delayed_until = serializers.SerializerMethodField()
    explanation = serializers.SerializerMethodField()
    attempts = serializers.SerializerMethodField()

    class Meta:
        model = Delivery
        fields = [
            "id",
            "alert",
            "integration",
            "recipient",
            "event",
            "state",
            "reason",
            "explanation",
            "in_place",
            "replaced_by",
            "resend_of",
            "delayed_until",
            "recorded_at",
            "finished_at",
            "attempts",
        ]
        read_only_fields = fields

    def get_delayed_until(self, delivery: Delivery) -> datetime | None:
        delay = delay_of(delivery, timezone.now())
        return delay.until if delay else None

    def get_explanation(self, delivery: Delivery) -> str:
        return sentence(delivery, delay_of(delivery, timezone.now()))

    @extend_schema_field(AttemptSerializer(many=True))
    def get_attempts(self, delivery: Delivery) -> list[dict[str, object]]:
        return [dict(AttemptSerializer(attempt).data) for attempt in attempts_of(delivery)]
