from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from channels_app.words import SEVERITIES, Severity
from integrations import selectors
from integrations.api.schema import config_schema
from integrations.models import Health, Integration, Language, Telling
from integrations.models.telling import usually_told
from integrations.two_way import hook_of
from integrations.vault import Unreadable
from teams.access import Actor
from teams.api.serializers import StrictFields

NAME_HELP = "1 to 100 characters."


@extend_schema_field(config_schema())
class ConfigField(serializers.Field[Any, Any, Any, Any]):
    """The fields of the kind: an object. What it may hold is the form's matter."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            raise serializers.ValidationError("Expected an object with the fields of the kind.")
        return data

    def get_attribute(self, instance: Integration) -> Integration:
        return instance

    def to_representation(self, value: Integration) -> dict[str, Any]:
        try:
            return selectors.masked_config(value)
        except Unreadable:
            return {}


class HealthSerializer(serializers.ModelSerializer[Health]):
    class Meta:
        model = Health
        fields = [
            "last_test_at",
            "last_test_ok",
            "last_test_words",
            "last_success_at",
            "last_failure_at",
            "last_failure_words",
            "consecutive_failures",
            "parked_at",
            "parked_reason",
        ]
        read_only_fields = fields


class StrictBooleanField(serializers.BooleanField):
    """true and false, and nothing that resembles them."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            raise serializers.ValidationError("Expected true or false.")
        return data


class OwnIntegration(serializers.PrimaryKeyRelatedField):  # type: ignore[type-arg]
    """The id of an integration of the team, or null; of another team's as of one that is not there."""

    def __init__(self, **kwargs: Any) -> None:
        number = serializers.IntegerField()
        super().__init__(pk_field=number, required=False, default=None, allow_null=True, **kwargs)

    def get_queryset(self) -> QuerySet[Integration]:
        actor = self.context.get("actor")
        return selectors.integrations_of(actor.team) if isinstance(actor, Actor) else Integration.objects.none()


class IntegrationSerializer(StrictFields):
    """An integration. `problem` says why its stored settings cannot be read; normally it is empty."""

    id = serializers.IntegerField(read_only=True)
    kind = serializers.CharField(max_length=30, help_text="One of the kinds of /kinds/; it never changes.")
    name = serializers.CharField(trim_whitespace=False, help_text=NAME_HELP)
    enabled = StrictBooleanField(default=True)
    target = serializers.CharField(read_only=True)
    config = ConfigField()
    fallback = OwnIntegration(help_text="Told in its place what it refuses, and what waits while it is on hold.")
    hears_trouble = StrictBooleanField(
        default=False, help_text="Whether it is told which others do not work; one a team."
    )
    used_by_default = StrictBooleanField(
        default=False, help_text="Whether every rule tells it that does not say `only_these`."
    )
    minimum_severity = serializers.ChoiceField(
        choices=SEVERITIES, default=Severity.INFO, help_text="The least severe alerts that it is told of."
    )
    events = serializers.ListField(
        child=serializers.ChoiceField(choices=Telling.values),
        default=usually_told,
        max_length=len(Telling),
        help_text="What it is told of. Escalations are always told; with an empty list, nothing else is.",
    )
    picture = StrictBooleanField(default=False, help_text="Whether messages show a graph, where the kind can.")
    time_zone = serializers.CharField(
        default="", allow_blank=True, max_length=50, help_text="Of the times in messages, as Europe/Berlin; empty: UTC."
    )
    language = serializers.ChoiceField(choices=Language.values, default=Language.ENGLISH, help_text="Of the messages.")
    hears_changes = StrictBooleanField(
        default=False, help_text="Whether it is told who changed what in the team; not for kinds that keep states."
    )
    two_way = serializers.BooleanField(read_only=True, help_text="Whether people can act on alerts from there.")
    hook = serializers.SerializerMethodField(
        help_text="The address at which its remote calls, a secret. null in lists, for keys that may not edit, and for "
        "kinds whose integrations have none of their own."
    )
    problem = serializers.SerializerMethodField()
    health = HealthSerializer(read_only=True)
    created_at = serializers.DateTimeField(read_only=True)
    updated_at = serializers.DateTimeField(read_only=True)

    def get_hook(self, integration: Integration) -> str | None:
        actor = self.context.get("actor")
        alone = self.parent is None
        return hook_of(actor, integration) if alone and isinstance(actor, Actor) else None

    def get_problem(self, integration: Integration) -> str:
        try:
            selectors.settings_of(integration)
        except Unreadable as error:
            return str(error)
        return ""


class DraftSerializer(StrictFields):
    """What was typed but not saved. `integration` is the one being edited: masked secrets are taken from it."""

    kind = serializers.CharField(max_length=30)
    name = serializers.CharField(trim_whitespace=False, default="draft", help_text=NAME_HELP)
    config = ConfigField()
    integration = OwnIntegration()


class TestResultSerializer(serializers.Serializer[Any]):
    """`status` is the remote's own, null where none came; `detail` its words or the reason; `advice` what to do."""

    ok = serializers.BooleanField()
    status = serializers.IntegerField(allow_null=True)
    detail = serializers.CharField()
    advice = serializers.CharField(allow_blank=True)
