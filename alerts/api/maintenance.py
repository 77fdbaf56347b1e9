"""Maintenance windows under /api/v1/: times in which tests are measured but open no alerts."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from alerts import selectors
from alerts.api import bodies
from alerts.maintenance.fields import MAX_EVERY, MAX_NAMED
from alerts.maintenance.listing import listed, windows_of
from alerts.maintenance.recurring import WEEKDAYS
from alerts.models import MaintenanceWindow
from alerts.models.quiet import MAX_MINUTES
from alerts.selecting import MAX_LENGTH, MAX_MATCHERS
from alerts.services import maintenance as services
from teams.api.mixins import TeamViewSet

READ_ONLY = ("id", "next", "on", "over_at", "by")


class OccurrenceSerializer(serializers.Serializer[Any]):
    """One time at which a window takes place."""

    begin = serializers.DateTimeField()
    end = serializers.DateTimeField()


class WindowSerializer(serializers.Serializer[MaintenanceWindow]):
    """A maintenance window. It concerns `everything`, or the tests that it names or that match `selector`; never those
    in `excluded`. `next` are the occurrences that are left, at most five."""

    id = serializers.IntegerField(read_only=True)
    name = serializers.CharField(max_length=100)
    time_zone = serializers.CharField(required=False, default="UTC", help_text="Such as Europe/Berlin.")
    starts_at = serializers.DateTimeField(help_text="The first beginning; later ones are at the same clock time.")
    minutes = serializers.IntegerField(
        min_value=1, max_value=MAX_MINUTES, required=False, help_text="How long each lasts, by a stopwatch."
    )
    ends_at = serializers.DateTimeField(
        write_only=True, required=False, allow_null=True, help_text="The first end, instead of minutes."
    )
    repeat = serializers.ChoiceField(choices=MaintenanceWindow.Repeat.values, required=False, default="never")
    every = serializers.IntegerField(
        min_value=1, max_value=MAX_EVERY, required=False, default=1, help_text="2: every other day, week or month."
    )
    weekdays = serializers.ListField(child=serializers.ChoiceField(choices=list(WEEKDAYS)), required=False)
    repeats_until = serializers.DateTimeField(
        required=False, allow_null=True, help_text="Required of what repeats; at most five years after the beginning."
    )
    everything = serializers.BooleanField(required=False, default=False)
    tests = serializers.ListField(child=serializers.SlugField(), max_length=MAX_NAMED, required=False)
    excluded = serializers.ListField(child=serializers.SlugField(), max_length=MAX_NAMED, required=False)
    selector = serializers.ListField(
        child=serializers.CharField(max_length=MAX_LENGTH), max_length=MAX_MATCHERS, required=False
    )
    next = OccurrenceSerializer(many=True, read_only=True)
    on = serializers.BooleanField(read_only=True, help_text="Whether an occurrence is on now.")
    over_at = serializers.DateTimeField(read_only=True, help_text="The end of the last occurrence.")
    by = serializers.CharField(read_only=True)

    def to_representation(self, instance: MaintenanceWindow) -> dict[str, Any]:
        shown = listed(instance, timezone.now())
        return {
            "id": instance.pk,
            **services.as_words(instance),
            "next": OccurrenceSerializer(shown.next, many=True).data,
            "on": shown.on is not None,
            "over_at": serializers.DateTimeField().to_representation(instance.over_at),
            "by": instance.by_text,
        }


@extend_schema_view(retrieve=extend_schema(responses=WindowSerializer))
class WindowViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, TeamViewSet):
    """Times in which tests are measured but open no alerts; the latest beginning first."""

    queryset = MaintenanceWindow.objects.none()
    serializer_class = WindowSerializer
    lookup_value_regex = "[0-9]{1,18}"

    def get_queryset(self) -> QuerySet[MaintenanceWindow]:
        return windows_of(self.team)

    @extend_schema(responses={201: WindowSerializer})
    def create(self, request: Request) -> Response:
        """Plan maintenance, once or again and again. It holds for what was measured since its beginning."""
        made = services.create_window(self.actor, self._fields(request), timezone.now())
        return self._answer(made.pk, status.HTTP_201_CREATED)

    def partial_update(self, request: Request, pk: str) -> Response:
        """Change the fields that are named; lists are replaced as a whole."""
        services.update_window(self.actor, self._one(pk), self._fields(request), timezone.now())
        return self._answer(int(pk))

    def destroy(self, request: Request, pk: str) -> Response:
        """Archive the window: it is over, also if it is on; what was in maintenance stays so."""
        services.archive_window(self.actor, self._one(pk), timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=None, responses={200: WindowSerializer})
    @action(detail=True, methods=["post"])
    def end(self, request: Request, pk: str) -> Response:
        """End the occurrence that is on; those that come stay."""
        services.end_window(self.actor, self._one(pk), timezone.now())
        return self._answer(int(pk))

    def _one(self, pk: str | int) -> MaintenanceWindow:
        return get_object_or_404(windows_of(self.team), pk=pk)

    def _answer(self, pk: int, code: int = status.HTTP_200_OK) -> Response:
        return Response(self.get_serializer(self._one(pk)).data, status=code)

    def _fields(self, request: Request) -> dict[str, Any]:
        """Slugs become the team's tests; what is unknown stays as it was sent, to be refused."""
        fields = {name: value for name, value in bodies.body_of(request).items() if name not in READ_ONLY}
        for name in ("tests", "excluded"):
            if isinstance(fields.get(name), list):
                slugs = [slug for slug in fields[name] if isinstance(slug, str)]
                found = selectors.find_tests(self.team, slugs[: MAX_NAMED + 1])
                fields[name] = [found.get(slug, slug) if isinstance(slug, str) else slug for slug in fields[name]]
        return fields
