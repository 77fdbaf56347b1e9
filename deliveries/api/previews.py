from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from deliveries.messages import STORIES
from deliveries.previews import preview
from integrations.api.serializers import ConfigField, OwnIntegration
from teams.api.mixins import TeamAPIView
from teams.api.serializers import StrictFields

MOST = 2**63 - 1


class PreviewSerializer(StrictFields):
    """What was typed, and which event of which alert it should be shown with."""

    kind = serializers.CharField(max_length=30)
    config = ConfigField()
    integration = OwnIntegration(help_text="The one being edited: masked secrets are taken from it.")
    alert = serializers.IntegerField(
        min_value=1,
        max_value=MOST,
        default=None,
        allow_null=True,
        help_text="The id of one of the team's alerts; its last one by default, or a made-up one where it has none.",
    )
    event = serializers.CharField(
        default=None, allow_null=True, help_text=f"The type of one of its events: {', '.join(STORIES)}."
    )

    def validate_event(self, event: str | None) -> str | None:
        if event is not None and event not in STORIES:
            raise serializers.ValidationError(f"Must be one of {', '.join(STORIES)}.")
        return event


class ShownSerializer(serializers.Serializer[Any]):
    """`problem` says why nothing would be sent; normally it is empty. `alert` is null for a made-up one."""

    body = serializers.CharField(allow_blank=True)
    content_type = serializers.CharField(allow_blank=True)
    headers = serializers.DictField(child=serializers.CharField())
    problem = serializers.CharField(allow_blank=True)
    alert = serializers.IntegerField(allow_null=True)
    event = serializers.CharField()


class PreviewView(TeamAPIView):
    """What would be sent, without sending it."""

    @extend_schema(operation_id="integrations_preview", request=PreviewSerializer, responses={200: ShownSerializer})
    def post(self, request: Request) -> Response:
        """Render what was typed with one of the team's alerts. Nothing is stored or sent; secrets are masked."""
        serializer = PreviewSerializer(data=request.data, context={"actor": self.actor})
        serializer.is_valid(raise_exception=True)
        found = preview(self.actor, **serializer.validated_data, now=timezone.now())
        shown, event = found.shown, found.event
        told = {
            "body": shown.body,
            "content_type": shown.content_type,
            "headers": dict(shown.headers),
            "problem": shown.problem,
            "alert": event.alert.number if event else None,
            "event": event.type if event else "triggered",
        }
        return Response(told)
